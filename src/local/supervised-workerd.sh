#!/bin/sh
# Runs workerd so that it can't outlive the program that asked for it, and so that its last calls may end first.
# Miniflare starts this in workerd's place, with the configuration on stdin and the control messages on file 3.
#
#   WEIR_WORKERD       the workerd to run
#   WEIR_WORKERD_PIDS  where to write the process ids of this shell and of workerd
#
# SIGTERM says that workerd is about to be stopped: its end is then not reported as a crash, which would restart it.
parent=$PPID
stopping=
trap 'stopping=yes' TERM
# Ctrl-C reaches the whole process group. The parent decides what happens then.
trap '' INT HUP

exec 4<&0
"$WEIR_WORKERD" "$@" <&4 4<&- &
workerd=$!
exec 0</dev/null 1>/dev/null 2>&1 3<&- 4<&-
echo "$$ $workerd" >"$WEIR_WORKERD_PIDS"

while kill -0 "$parent"; do
  if [ -z "$stopping" ] && ! kill -0 "$workerd"; then exit 1; fi
  sleep 0.5
done
kill -KILL "$workerd"
