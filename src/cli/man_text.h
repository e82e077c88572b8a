// SPDX-License-Identifier: Apache-2.0
// The sections of the manual page that are written by hand, in man(7) macros.
#pragma once

namespace ringfence {

inline constexpr const char* kManBefore = R"(.SH NAME
ringfence \- run AI agents inside hard budgets
.SH SYNOPSIS
.B ringfence
.I command
.RI [ options ]
.br
.B ringfence run
.RB [ \-\-budget
.IR unit = amount ]
.B \-\-
.I command
.RI [ argument " ...]"
.br
.B ringfence serve
.RB [ \-\-policy
.IR file ]
.RB [ \-\-data
.IR dir ]
.SH DESCRIPTION
Ringfence stands between AI agents and money.
Before an operation of an agent runs, it decides who asks, what the operation
may cost at worst, and whether every
wall above has room for that.
It holds the worst case, lets the operation run, settles what it really cost,
and writes each step to a record that
cannot be edited unseen.
.PP
.B ringfence run
is to an agent what
.BR timeout (1)
is to a process: it starts the command with the gateway's address and a
short\-lived credential in its environment,
and stops it at its cap.
.B ringfence serve
is the daemon behind it: the gateway that agents call in place of the provider,
the API, and the ledger.
Without one,
.B run
starts its own, which ends when it has been idle for a minute.
)";

inline constexpr const char* kManAfter = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The command ran and found something wrong.
.TP
.B 2
The command line, a file or a value is wrong.
.TP
.B 3
Refused, or stopped by the fence.
.TP
.B 4
Unavailable: no daemon, no disk, no address.
.PP
.B ringfence run
exits as its command does, or with 3 when the fence stopped it.
.SH ENVIRONMENT
.TP
.BR RINGFENCE_POLICY ", " RINGFENCE_DATA ", " RINGFENCE_URL
Stand in for
.BR \-\-policy ", " \-\-data " and " \-\-url .
.TP
.B RINGFENCE_TOKEN
The credential that the operator's commands show to a daemon at another
address.
.TP
.B XDG_STATE_HOME
Where the data directory is by default; else
.IR \(ti/.local/state .
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
Set by
.BR systemd (1):
where the daemon says that it is ready, reloads, ends and is alive.
.TP
.B CREDENTIALS_DIRECTORY
Set by
.BR systemd (1):
secrets there may be readable by a group, as it arranges it.
.PP
Variables that the policy names as holding a provider's key are read by the
daemon, then wiped, and withheld from agents.
.SH FILES
.TP
.I policy.yaml
In the data directory: the policy where none is named; a starter is written at
first start.
.TP
.I journal.db
In the data directory: the record, an SQLite database.
It is evidence: nothing of Ringfence ever deletes it.
.TP
.IR operator.token ", " run.key ", " installation
In the data directory, of mode 0600: the operator's credential, the key that
signs run credentials, the name of this
installation.
.TP
.IR daemon.json ", " ringfence.sock
In the data directory while a daemon runs: how the other commands find it.
.TP
.I /etc/ringfence/policy.yaml
The policy of the system's service,
.IR ringfence.service ;
without it the service does not start.
.TP
.I /var/lib/ringfence
The data directory of that service.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
The daemon takes no new connection and lets calls in flight finish for
.B \-\-drain\-seconds
before it cuts and settles them.
A second one ends it at once; what was acknowledged is on disk in either case.
.TP
.B SIGHUP
The daemon reads its policy's file again; with a mistake in it, the policy in
force stays.
.PP
.B ringfence run
passes signals on to its command.
.SH EXAMPLES
Run an agent inside half a dollar:
.PP
.nf
    ringfence run \-\-budget usd=0.50 \-\- python3 agent.py
.fi
.PP
See what is left, stop a team, and raise its wall:
.PP
.nf
    ringfence quota acme/research
    ringfence kill acme/research \-\-reason \(aqwrong prompt\(aq
    ringfence raise acme usd=600 \-\-window month \-\-reason launch
.fi
.PP
Check a policy, put it in force, and verify the record:
.PP
.nf
    ringfence policy check policy.yaml
    ringfence policy apply policy.yaml
    ringfence audit verify
.fi
.SH SEE ALSO
.BR systemctl (1),
.BR timeout (1)
.PP
The pages in
.I /usr/share/doc/ringfence
and in the sources' folder
.IR docs .
)";

}  // namespace ringfence
