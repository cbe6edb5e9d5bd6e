# bash completion of ticketly
_ticketly()
{
    local current=${COMP_WORDS[COMP_CWORD]} command='' words='' files='' i
    local previous=${COMP_WORDS[COMP_CWORD - 1]}

    for ((i = 1; i < COMP_CWORD - 1; i++)); do
        [[ ${COMP_WORDS[i]} == admin ]] && command=${COMP_WORDS[i + 1]}
        [[ ${COMP_WORDS[i]} == serve ]] && command='serve'
        [[ ${COMP_WORDS[i]} == door ]] && command='door'
    done
    [[ $previous == admin || $previous == serve || $previous == door ]] && command=$previous
    case $command in
    '') words="admin serve door --db --central --config --train --kiosk --ascii --new-key --first-run --version --help" ;;
    serve) words=" --listen --open --tls-cert --tls-key --help" ;;
    door) words=" --slot --all-open --name --lines --help" ;;
    admin) words="schedule slots book reissue cancel tickets ticket customer customer customer customer customer customer report find expire archive qr print import export sync allotments allotment disputes dispute backup migrate copy token device staff pin sign-on sign-off roles limits limit keys journal journal verify doctor config --help" ;;
    schedule) words=" --name --description --start --end --type --genre --capacity --screen --json --help" ;;
    slots) words=" --genre --type --name --after --before --open --limit --json --help" ;;
    book) words=" --slot --movie --start --count --name --phone --approved-by --secret-file --json --help" ;;
    reissue) words=" --slot --movie --start --approved-by --secret-file --json --help" ;;
    cancel) words=" --approved-by --secret-file --json --help" ;;
    tickets) words=" --slot --movie --start --status --json --help" ;;
    ticket) words=" --json --help" ;;
    customer) words=" --ticket --json --help" ;;
    customer) words="show --json --help" ;;
    customer) words="history --json --help" ;;
    customer) words="export --output --json --help" ;;
    customer) words="erase --reason --yes --json --help" ;;
    customer) words="tier --tier --reason --json --help" ;;
    report) words="day week slot genre clerk till shift --from --to --slot --plot --format --output --json --help" ;;
    find) words=" --limit --json --help" ;;
    expire) words=" --at --json --help" ;;
    archive) words=" --older-than --json --help" ;;
    qr) words=" --form --output --json --help" ;;
    print) words=" --printer --output --json --help" ;;
    import) words=" --dry-run --json --help" ;;
    export) words="slots tickets customers journal --format --output --json --help" ;;
    sync) words=" --json --help" ;;
    allotments) words=" --slot --till --all --json --help" ;;
    allotment) words="write-off --slot --yes --json --help" ;;
    disputes) words=" --all --json --help" ;;
    dispute) words="close --reason --json --help" ;;
    backup) words=" --json --help" ;;
    migrate) words=" --restored --new-key --json --help" ;;
    copy) words=" --from --to --json --help" ;;
    token) words="add list revoke --name --role --json --help" ;;
    device) words="add list revoke --name --role --attended --url --json --help" ;;
    staff) words="add change leave list rescue --number --name --role --secret-file --json --help" ;;
    pin) words=" --password --secret-file --json --help" ;;
    sign-on) words=" --secret-file --json --help" ;;
    sign-off) words=" --json --help" ;;
    roles) words=" --json --help" ;;
    limits) words=" --json --help" ;;
    limit) words="set --value --json --help" ;;
    keys) words="list make rotate --json --help" ;;
    journal) words=" --person --till --ticket --kind --from --to --limit --json --help" ;;
    journal) words="verify --head --key --json --help" ;;
    verify) words=" --json --help" ;;
    doctor) words=" --json --help" ;;
    config) words=" --json --help" ;;
    esac
    case $previous in
    --genre) words="Action
Adventure
Comedy
Crime
Drama
Fantasy
Historical
Historical Fiction
Horror
Magical Realism
Mystery
Philosophical
Political
Romance
Saga
Satire
Scifi
Social
Speculative
Thriller
Urban
Animation" ;;
    --type) words="Movie
Documentary
Concert" ;;
    --status) words="Booked
Expired
Canceled
Archived" ;;
    --role) words="reader
door
usher
clerk
supervisor
manager
admin
auditor" ;;
    --form) words=$'auto\nwide\nhalf\nascii\npng\nsvg' ;;
    --format) words=$'csv\njsonl' ;;
    --db|--config|--output|--tls-cert|--tls-key|import|backup) words='' files=1 ;;
    *) words=${words// /$'\n'} ;;
    esac
    if [[ -n $files ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        local IFS=$'\n'
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        for i in "${!COMPREPLY[@]}"; do
            printf -v 'COMPREPLY[i]' %q "${COMPREPLY[i]}"
        done
    fi
}
complete -F _ticketly ticketly
