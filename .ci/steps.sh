# Sourced by the scripts beside it: named steps, each timed; a failed one does not hide the others.

steps_report=()
steps_failed=0

# step <name> <command...>
step() {
    local name=$1 start=$SECONDS status
    shift
    printf '\n=== %s\n' "$name"
    "$@"
    status=$?
    steps_report+=("$(printf '%5d s  %-6s  %s' $((SECONDS - start)) "$([ $status -eq 0 ] && echo ok || echo FAILED)" "$name")")
    [ $status -eq 0 ] || steps_failed=1
    return $status
}

# Prints the table of steps; its status is that of the whole.
finish() {
    printf '\n=== %s\n' "$1"
    printf '%s\n' "${steps_report[@]}"
    printf '%5d s  %-6s  total\n' $SECONDS "$([ $steps_failed -eq 0 ] && echo ok || echo FAILED)"
    return $steps_failed
}
