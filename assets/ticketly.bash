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
    '') words="admin serve door --db --central --config --train --ascii --new-key --first-run --version --help" ;;
    serve) words=" --listen --open --tls-cert --tls-key --help" ;;
    door) words=" --slot --all-open --name --lines --help" ;;
    admin) words="schedule slots book reissue cancel tickets ticket customer find expire archive qr print import export sync allotments allotment disputes dispute backup migrate copy token keys verify doctor config --help" ;;
    schedule) words=" --name --description --start --end --type --genre --capacity --screen --json --help" ;;
    slots) words=" --genre --type --name --after --before --open --limit --json --help" ;;
    book) words=" --slot --movie --start --count --name --phone --json --help" ;;
    reissue) words=" --slot --movie --start --json --help" ;;
    cancel) words=" --json --help" ;;
    tickets) words=" --slot --movie --start --status --json --help" ;;
    ticket) words=" --json --help" ;;
    customer) words=" --ticket --json --help" ;;
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
    keys) words="list make rotate --json --help" ;;
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
clerk
manager
admin" ;;
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
