/* doctor: of a box office in a database, the server. */
#include <stdlib.h>
#include <string.h>

#include "core/sync.h"
#include "ui/admin/doctor.h"

static void look_at_role(struct doctor *doctor, const struct session_database *found)
{
    if (found->in_recovery)
        doctor_tell(
            doctor, STATE_BAD, "server",
            "PostgreSQL %s answers, but it is a standby: name all servers in the address, with "
            "target_session_attrs=read-write.",
            found->version);
    else
        doctor_tell(doctor, STATE_OK, "server", "PostgreSQL %s, and it takes changes.",
                    found->version);
}

/* What was told as sold must be on a second machine when there is one to go on with. */
static void look_at_standbys(struct doctor *doctor, const struct session_database *found)
{
    bool cluster = found->many_hosts || found->standby_count > 0;

    if (strcmp(found->commit, "on") != 0 && strcmp(found->commit, "remote_apply") != 0)
        doctor_tell(doctor, STATE_BAD, "durability",
                    "synchronous_commit is %s: what was sold can be lost. Set it to on.",
                    found->commit);
    else if (*found->standbys)
        doctor_tell(doctor, STATE_OK, "durability",
                    "A sale is told when it is on a standby, too (synchronous_standby_names: %s).",
                    found->standbys);
    else if (cluster)
        doctor_tell(
            doctor, STATE_WARN, "durability",
            "There are standbys, but none is waited for: when this server is lost, so are the last "
            "sales. Set synchronous_standby_names, or Patroni's synchronous_mode_strict.");
    else
        doctor_tell(doctor, STATE_OK, "durability",
                    "A sale is told when it is on the server's disk.");
}

static void look_at_schema(struct doctor *doctor, const struct session_database *found)
{
    long long schema = (long long)found->schema, known = (long long)found->known_schema;

    if (!schema)
        doctor_tell(
            doctor, STATE_BAD, "schema",
            "There is no box office in this database yet: `ticketly admin migrate` makes one.");
    else if (schema < known)
        doctor_tell(
            doctor, STATE_BAD, "schema",
            "It is of version %lld, this program needs %lld: `ticketly admin migrate` brings it up.",
            schema, known);
    else if (schema > known)
        doctor_tell(
            doctor, STATE_BAD, "schema",
            "It is of version %lld, this program knows %lld: install the newer ticketly here.",
            schema, known);
    else
        doctor_tell(doctor, STATE_OK, "schema", "Version %lld; %lld wrote in the last 24 hours.",
                    schema, (long long)found->writers);
}

static void look_at_offset(struct doctor *doctor, const struct session_database *found)
{
    long long seconds = llabs(found->clock_ahead) / TIME_SECOND;

    if (llabs(found->clock_ahead) > SYNC_CLOCK_WARN)
        doctor_tell(doctor, STATE_WARN, "offset",
                    "This clock is %lld s %s the database's: set it right.", seconds,
                    found->clock_ahead > 0 ? "behind" : "ahead of");
    else
        doctor_tell(doctor, STATE_OK, "offset",
                    "This clock and the database's tell the same time (%lld ms apart).",
                    (long long)(llabs(found->clock_ahead) / 1000));
}

void doctor_look_at_database(struct doctor *doctor)
{
    struct session_database found;
    struct tk_error error = {0};

    if (session_look_at_database(doctor->session, &found, &error)) {
        doctor_tell(doctor, STATE_BAD, "store", "%s: %s", doctor->session->store_path,
                    error.message);
        doctor_look_at_key(doctor, true);
        return;
    }
    doctor_tell(doctor, STATE_OK, "store", "%s answers.", doctor->session->store_path);
    look_at_role(doctor, &found);
    look_at_standbys(doctor, &found);
    look_at_schema(doctor, &found);
    look_at_offset(doctor, &found);
    doctor_look_at_key(doctor, found.schema != 0);
    if (found.key_told && !found.key_fits)
        doctor_tell(
            doctor, STATE_BAD, "key",
            "It is not the one that this box office was made with: copy the key file of another node.");
    else if (found.schema == found.known_schema)
        doctor_look_into_store(doctor);
}
