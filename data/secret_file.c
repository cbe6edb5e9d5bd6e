#include "data/secret_file.h"

#include <sys/stat.h>
#include <unistd.h>

enum tk_code secret_file_refuse(const char *what, const char *path, const char *why,
                                struct tk_error *error)
{
    return tk_fail(error, TK_CONFIG, "The %s file %.300s %s", what, path, why);
}

enum tk_code secret_file_check(int file, const char *what, const char *path,
                               struct tk_error *error)
{
    const char *why = NULL;
    struct stat info;

    if (fstat(file, &info))
        why = "cannot be looked at.";
    else if (!S_ISREG(info.st_mode))
        why = "is not a file.";
    else if (info.st_uid != geteuid())
        why = "belongs to another user: run this program as that user.";
    else if (info.st_mode & (S_IRWXG | S_IRWXO))
        why = "can be read by others: run chmod 600 on it.";
    return why ? secret_file_refuse(what, path, why, error) : TK_OK;
}
