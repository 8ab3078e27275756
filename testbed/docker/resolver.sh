# Unbound, and beside it a tcpdump for whoever reads the pipe: resolver UNBOUND.CONF PIPE
#
# The shell opens the pipe before tcpdump starts, and that waits for a reader: without one nothing is captured.
# A reader that leaves ends tcpdump, and the next one gets a capture from its beginning. A container that
# shared the resolver's network would be left in a dead one whenever the resolver is started anew.
while :; do
    tcpdump -i any -p -n -U -s 0 -w - port 53 > "$2" 2> /dev/null
    sleep 1
done &
exec unbound -d -p -c "$1"
