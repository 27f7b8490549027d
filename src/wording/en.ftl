# What Usher says in English.
#
# A message is written in Usher's own markup: **strong**, `code`, and "- " before an item of a list.
# A further line of a message can't begin with *, [ or . (write {"**"} there).

## What somebody is to the organisation

relation-owner = owner
relation-admin = admin
relation-supervisor = supervisor

level-main = main admin
level-sub = sub admin

permission-people = people
permission-admins = admins
permission-approvals = approvals

status-active = active
status-departed = has left
status-closed = account closed

## Why somebody leaves

reason-resigned = resigned
reason-dismissed = dismissed
reason-incapacity = unable to work
reason-transfer = internal transfer
reason-other = other

## What a group can be told of

topic-departure = departures
topic-admin-revoked = admin rights taken back
topic-approval-cancelled = cancelled approvals
topic-account-closed = closed accounts

## What was asked for: "the …"

operation-delete = deletion
operation-revoke-admin = removal of admin rights
operation-grant-admin = grant of admin rights
operation-unbind = release from a role
operation-handover = handover
operation-cancel-approval = cancellation of an approval
operation-close-account = account closure

## How long

span-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
span-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
span-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}

## Small parts

plain = { $text }
code = { $code }
person = { $name } ({ $id })
person-short = { $name } { $id }
no-department = no department
in-direct = direct messages
in-group = { $name }
to-person = { $id }’s direct messages
approval-short = { $id } “{ $title }”
work-items = { $count ->
    [one] one handover item
   *[other] { $count } handover items
}
work-approvals = { $count ->
    [one] one waiting approval ({ $approvals })
   *[other] { $count } waiting approvals ({ $approvals })
}
work-follow-ups = { $count ->
    [one] one follow-up item
   *[other] { $count } follow-up items
}
left-by = { $item } (left by { $name })
supervisor-short = supervisor { $name }
usage = Usage: { $usage }
did-you-mean = Did you mean { $what }?
did-you-mean-people = Did you mean { $people }?
see-help = Send `/help` to see what you can do.
operation-of = { $operation }, { $target }
operation-other = operation

role-owner = company owner
role-main = main admin, may do everything
role-sub = sub admin for { $permissions } in { $departments }
role-member = member

## Answers

hint = Hello, I am Usher. Commands start with `/`; send `/help` to see what I can do.
help-title = **{ $organisation } · what you can do**
help-line = - { $verb } { $alias } { $what }
help-more = Send `/help verb` for the details, such as `/help pending`.
help-aliases = Also: { $aliases }
help-direct-only = Only in direct messages.
help-group-only = Only in groups.
help-asks = Asks you before it acts.
help-asks-irreversible = Asks you before it acts. **Can’t be undone.**
help-needs-secret = After you confirm, asks for your password or code in private.
help-help = commands and how to use them
help-whoami = who you are and what you may do
help-find = find people by name, pinyin or id
help-show = a person’s profile and ties, and what stands in the way of a deletion
help-admins = the owner, the admins and what each may do
help-pending = your open operations
help-confirm = go on with an operation
help-cancel = call an operation off
help-notices = notices that wait, failed or went out lately
help-notify-here = choose the notices this group receives
help-lang = the language of this conversation
help-handover = give one person’s open work to another
help-unbind = end an ownership, admin rights or a department’s lead
help-grant-admin = give admin rights
help-revoke-admin = take admin rights away
help-delete = delete a person from the organisation

whoami = You are **{ $person }**, { $departments }.
whoami-secret-both = Identity check: password and one-time code are set up.
whoami-secret-password = Identity check: a password is set up.
whoami-secret-totp = Identity check: one-time codes are set up.
whoami-secret-none = Identity check: nothing is set up yet, so deletions and the like are not open to you. Ask whoever runs Usher to run { $password } or { $totp }.

find-title = { $count ->
    [one] One person matches “{ $text }”:
   *[other] { $count } people match “{ $text }”:
}
find-line = - { $name }, { $departments } { $id }
find-more = There are more. Type a little more of the name.
find-none = Nobody matches “{ $text }”.

admins-title = **Admins of { $organisation }**
admins-line = - { $person }: { $role }

show-title = **{ $person }**
show-departments = Departments: { $departments }
show-phone = Phone: { $phone }
show-no-phone = No phone is bound
show-supervises = Supervises: { $departments }
show-own = Pending requests of their own: { $approvals }
show-work = Has open: { $work }
show-blockers = Before a deletion, deal with:
show-deletable = Could be deleted now: { $command }
show-gone = { $person }: { $status }
show-left-by = Deleted by { $by } on { $at }
show-left = No longer found in the organisation since { $at }
show-reason-in-direct = Reason: ask me in a direct message
show-closed = Closed by themselves on { $at }; name and all other data are erased, only the id is left

pending-none = You have no open operations.
pending-title = { $count ->
    [one] One operation is open:
   *[other] { $count } operations are open:
}
pending-line = - { $code } { $operation }: { $target }, in { $where }, { $until }
pending-in-private = { $count ->
    [one] One more is open that you asked me for in private
   *[other] { $count } more are open that you asked me for in private
}; send me /pending there to see everything.
pending-until = until { $time }
pending-running = being carried out

notices-queued = **Waiting**
notices-dead = **Given up**
notices-sent = **Sent lately**
notices-line = - #{ $number } to { $whom }, { $kind }, { $created }{ $attempts ->
    [0] {""}
    [one] , failed once
   *[other] , failed { $attempts } times
}
notices-none = There are no notices.
notices-how = To try a given-up one again: `/notices retry number`
notices-retried = Waiting to be sent again: #{ $number }

notify-on = This group now receives: { $topics }.
notify-off = This group receives no notices any more.
lang-set = All right, English here from now on.

## What a message is

kind-answer = answer
kind-blocked = not possible yet
kind-cancelled = cancellation
kind-choose = choice
kind-confirm-request = question
kind-denied = refusal
kind-done = completion
kind-expired = expiry
kind-failed = failure
kind-notice = notice
kind-progress = progress
kind-rejected = not understood
kind-secret-pending = hint at an identity check
kind-secret-rejected = wrong secret
kind-secret-request = identity check
kind-task = task
kind-warning = warning
kind-other = message

## Asking

plan-title = **Dry run**: nothing of this is done.
confirm-how = This can be undone later. Send `confirm` or `confirm { $code }` before { $until }; to stop, send `cancel`.
confirm-how-only = Send `confirm` or `confirm { $code }` before { $until }; to stop, send `cancel`.
confirm-how-irreversible = **Can’t be undone.** Send `confirm { $code }` before { $until }; to stop, send `cancel`.
confirm-needs-secret = I will then ask for your password or code in private.

confirm-delete = **Delete { $person }**, { $departments }
confirm-revoke-admin = **Take admin rights from { $person }**
confirm-grant-admin = **Give admin rights to { $person }**, { $departments }
confirm-rights-change = **Change the admin rights of { $person }**, { $departments }
confirm-handover = **Hand over from { $person } to { $receiver }**
confirm-unbind-owner = **Make { $next } the owner instead of { $person }**
confirm-unbind-supervisor = **Take the lead of { $department } from { $person }**
fact-rights = Rights now: { $rights }
remark-reason = Reason: { $reason } (not made public)
remark-note = Note: { $note }

effect-departs = - { $name } leaves at once; memberships, sign-in and open requests end
effect-phone = - the phone { $phone } is released
effect-handover = - { $person } takes over { $work }
effect-follow-up = - what is left to do afterwards goes to { $people }
effect-follow-ups-move = - { $count ->
    [one] one follow-up item that { $name } still had open goes to { $person }
   *[other] { $count } follow-up items that { $name } still had open go to { $person }
}
effect-approvals-cancelled = - their own requests are cancelled: { $approvals }
effect-told = - told: { $told } ({ $topic })
effect-rights-end = - all admin rights end at once; everything else stays
effect-rights-begin = - new rights: { $rights }
effect-rights-all-else-ends = - whatever else they may do now ends
effect-permissions-end = - ends: permission for { $permissions }
effect-departments-end = - ends: all rights in { $departments }
remark-rights-way-back = - you can’t undo this yourself: the owner or a main admin has to
effect-told-person = - { $groups ->
    [0] the person is told
    [one] the person and one group are told
   *[other] the person and { $groups } groups are told
}
effect-item = - { $item }
effect-owner-begins = - { $name } becomes the owner, with every right
effect-owner-was-admin = - { $name }’s rights as an admin ({ $rights }) end with it, since the owner has every right; if the ownership goes on later, they have to be granted again
effect-owner-ends = - { $name } is no longer the owner, but a member like others
effect-owner-stays-admin = - { $name } is no longer the owner, but stays an admin: { $rights }
remark-owner-way-back = - only { $name }, as the new owner, can undo this
effect-supervisor-ends = - { $name } is no longer supervisor
effect-supervisor-begins = - { $person } becomes supervisor
remark-own-requests = - **note:** { $name } asked for { $approvals }, and would then be the one to decide
remark-supervisor-way-back-of-others = - you can’t undo this yourself, because { $name } is outside the departments you administer: an admin in whose departments { $name } is has to send { $command }
remark-supervisor-no-way-back = - this can be set right again, though not by a command of mine: where the organisation is on DingTalk, a supervisor is named again in its admin console, otherwise by importing an organisation file
remark-handover-way-back-of-others = - you can’t undo this yourself: an admin who may hand over { $name }’s work has to
remark-handover-takes-more-back = - handing it back later would also move what { $name } has open already

## Proving who one is

secret-pending = { $name }, please go on in your direct messages with me. **Never type a password or code in the group.**
secret-request-password = Please type your password here before { $until }, to confirm: { $what }.
secret-request-totp = Please type the 6 digits of your authenticator here before { $until }, to confirm: { $what }.
secret-request-either = Please type your password, or the 6 digits of your authenticator, here before { $until }, to confirm: { $what }.
secret-request-how = What you type is not kept. To stop, send { $cancel }.
secret-rejected = { $tries ->
    [one] That is not right. One try is left.
   *[other] That is not right. { $tries } tries are left.
}

## Outcomes

done-delete = **{ $person }** has been deleted.
done-handed-over = Open work went to { $person }.
done-follow-ups-moved = The follow-up items that { $name } still had open went to { $person }.
done-revoke-admin = **{ $person }** has no admin rights any more.
done-restore = To restore them: { $command }
done-restore-others = To restore them, the owner or a main admin has to send { $command }
done-grant-admin = **{ $person }** is an admin now: { $rights }
done-rights-changed = **{ $person }**’s rights are now: { $rights } (before: { $before })
done-undo = To take it back: { $command }
done-undo-others = To take it back, the owner or a main admin has to send { $command }
done-handover = **{ $person }**’s open work went to { $receiver }.
done-unbind-owner = The owner is now **{ $person }**.
done-owner-back = To give it back, { $name } has to send { $command }
done-unbind-supervisor = { $person } no longer leads { $department }.
done-successor = { $person } leads it now.
cancelled = Cancelled: { $what }. Nothing has changed.
cancelled-departed = Cancelled, because the person who asked for it has left: { $what }.
expired = Time ran out: { $what }. Nothing has changed.
failed-internal = Sorry, something broke on my side. This step was not carried out and nothing has changed. Please try again later; if it stays so, ask whoever runs Usher to look at the log.

## Screen

screen-title = **Usher** · { $organisation }
screen-seat = You are **{ $name }**, in **{ $place }**.
screen-try = This is the demo organisation, so try what you like:
screen-try-show = - { $command } a person, and what stands in the way of a deletion
screen-try-revoke = - { $command } take admin rights away, then send `confirm`
screen-try-delete = - { $command } delete somebody, then send `confirm CODE`
screen-try-dm = - { $command } type the password in your direct messages (the demo’s is shown)
screen-switch = Be somebody else { $as }, go elsewhere { $in } or `:dm`, more `:help`, leave `:quit`. Tab completes.
screen-help = - `:as person` be somebody else
    - `:in group` go to a group, `:dm` to your direct messages with Usher
    - `:who` everybody, `:where` every group
    - `:quit` leave; the next start goes on where this one was
    - anything else is said where you are; `/help` lists the commands, Tab completes
screen-unknown = There is no such person, group or screen command. `:who` lists people, `:where` groups; see `:help` for the rest.
screen-secret = Password or code (not shown):
screen-demo-secret = (demo) the password is { $password }

## Not yet

blocked-title = **Not possible yet.** First:
blocked-changed = **Things have changed** since you were asked, so nothing was done. Please ask again: { $fix }
blocked-over = **Things have changed** since you were asked, so nothing was done, and the same can’t be asked for again. How things stand: { $fix }
blocker-changed = - things have changed; when the rest is mended, ask again: { $fix }
blocker-owner = - { $name } is the owner, who must pass that on: { $fix }
blocker-admin = - { $name } is an admin ({ $rights }): { $fix }
blocker-supervisor = - { $name } supervises { $department }: { $fix }
blocker-admin-others = - { $name } is an admin ({ $rights }); a main admin has to send { $fix }
blocker-supervisor-others = - { $name } supervises { $department }; an admin has to send { $fix }
blocker-handover = - { $name } still has { $work }; say who takes over: { $fix }
blocker-approvals = - { $count ->
    [one] a request of { $name }’s is still running ({ $approvals }); to cancel it too, add { $fix }
   *[other] { $count } requests of { $name }’s are still running ({ $approvals }); to cancel them too, add { $fix }
}
blocker-approvals-forbidden = - { $count ->
    [one] a request is not yours to cancel ({ $approvals }); somebody who may must do it: { $fix }
   *[other] { $count } requests are not yours to cancel ({ $approvals }); somebody who may must do it: { $fix }
}
blocker-approvals-kept = - { $count ->
    [one] a request can be cancelled by nobody ({ $approvals }): its approvers have to decide it first; see { $fix }
   *[other] { $count } requests can be cancelled by nobody ({ $approvals }): their approvers have to decide them first; see { $fix }
}
blocker-last-admin = - no main admin and no owner who can act would be left; first make one: { $fix }

## May not

denied-unknown-sender = Sorry, I work for the members of this organisation only.
denied-direct-only = This command works in direct messages with me only.
denied-group-only = This command works in groups only.
denied-admin-only = Only admins may do this.
denied-main-admin-only = Only the owner and main admins may do this.
denied-owner-only = Only the owner may do this.
denied-holder-only = Only the owner, main admins and sub admins with the permission “{ $permission }” may do this.
denied-out-of-scope = { $name } is outside the departments you administer.
denied-more-than-own = You can’t give { $name } more rights than you have.
denied-self = You can’t do this to yourself. To leave, send me `/close-account` in a direct message.
denied-no-secret = This needs an identity check, and you have none set up. Ask whoever runs Usher to run { $password } or { $totp }.
denied-locked = Too many wrong tries. You can’t prove your identity before { $until }. The owner has been told.
denied-limit = No more than { $limit } operations that can’t be undone may be finished within an hour, those being carried out included. Please try later. The owner has been told.
denied-not-yours = Somebody else asked for this. Only they can confirm or cancel it.
denied-elsewhere = This was asked for in { $where }. Please confirm or cancel it there.
denied-too-many-tries = Too many wrong tries. The operation has ended and nothing has changed.

rejected-unknown-command = There is no command “{ $verb }”.
rejected-no-command = There is no such command.
rejected-unknown-person = Nobody is called “{ $name }”.
rejected-mention-mismatch = The name shown is “{ $label }”, but the person mentioned is { $name }. If that is who you mean, type { $id }.
rejected-one-command = One command a message, please, on one line. Nothing was done.
rejected-too-long = That is too long: a command has at most 4096 characters.
rejected-too-fast = That is too much at once: I answer { $limit } messages a minute. Neither this one nor any of the next minute is carried out; please send it again then.
rejected-stale = This message is old and reached me only now, so to be safe I did nothing. If you still want it, please send it again.
rejected-not-an-admin = { $person } is not an admin.
rejected-already-pending = You still have an open operation: `{ $code }`. Please finish or cancel it first.
rejected-secret-awaited = Operation { $code } is confirmed; it waits for your password or code in your direct messages with me.
one-secret-at-a-time = One identity check at a time. Finish that one, then send `confirm { $code }` here.
rejected-nothing-pending = Nothing waits for your confirmation here. Send `/pending` to see what waits elsewhere.
rejected-no-such-code = No operation has this code.
rejected-code-needed = This can’t be undone, so please send it with its code: { $command }
rejected-already-settled = Operation { $code } had already ended; nothing was done.

bad-unclosed = I can’t read on from “{ $start }”: a quote is not closed, or a name is missing after the @.
bad-missing = { $what } is missing.
bad-off-alone = { $word } can’t be combined with anything else.
bad-extra = “{ $word }” does not belong here.
bad-name-with-spaces = A name with spaces goes into quotes: { $form }
bad-second-target = One person at a time, please; leave out { $word }.
bad-unknown-option = There is no option “{ $option }”.
bad-repeated = { $option } is given twice.
bad-empty = { $option } needs a value.
bad-flag-value = { $option } takes no value.
bad-word = “{ $word }” is not one of { $words }
bad-not-a-person = A person is wanted here; put an @ in front: { $form }
bad-is-a-person = No person belongs here: { $word }
bad-hidden = “{ $name }” has characters that can’t be seen. To be sure whom you mean, pick them from the member list.
bad-choice = Please answer with a number from 1 to { $count }.
bad-letter = There is no given-up notice “{ $number }”.
bad-handover-to-target = { $name } can’t take over from { $name }.
bad-nothing-open = { $name } has no open work.
bad-main-has-all = A main admin may do everything; departments and permissions are not needed.
bad-owner-has-all = { $name } is the owner and has every right already.
bad-has-them = { $name } has exactly these rights already.
bad-department = There is no department “{ $word }”; write its id or its full name.
bad-departments = Several departments are called “{ $word }”; write the id: { $ids }
bad-option-here = { $option } means nothing here.
bad-not-owner = { $name } is not the owner.
bad-not-supervisor = { $name } supervises no department.
bad-which-department = Say which of the departments that { $name } supervises you mean: { $forms }
bad-same-person = { $name } can’t be their own successor.

choose = “{ $name }” could be any of these. Answer with a number:
choose-line = { $number }. { $name }, { $departments } { $id }
choose-how = Or send the command again with the id.
choose-how-cut = There are more. Please send the command again with the id.

## Approvals and things to do

help-approvals = pending approvals: yours, somebody’s, or those that nobody moves
help-approval = how far an approval is, and what cancelling it would stop
help-cancel-approval = cancel an approval
help-consult = ask the approvers before cancelling
help-agree = agree that an approval is cancelled
help-object = object to cancelling an approval
help-todo = what you have to do
help-finish = mark something as done
help-audit = the last entries of the audit log

nobody = nobody
nothing = {""}

approvals-own = { $name } asked for these, still pending ({ $count }):
approvals-waiting = Waiting for { $name } ({ $count }):
approvals-none = { $name } has no pending approvals.
approvals-stale = Nobody has moved these for { $span } ({ $count }):
approvals-none-stale = Nothing has stood still for { $span }.
approvals-line = - { $id } “{ $title }”, asked by { $originator }, running for { $running }, { $waits }
approvals-more = { $count } more are not listed.
approval-waits-on = waits for { $name }
approval-waits-on-nobody = waits for nobody

approval-head = **{ $id } “{ $title }”**, asked by { $originator } on { $created }
approval-approved = Approved
approval-rejected = Rejected
approval-cancelled = Cancelled
approval-cancelled-by = Cancelled by { $name } on { $at }
approval-impact = Has run for { $span }; steps finished: { $finished }, left: { $left }; once cancelled, it stops waiting for: { $stops }
impact-of = { $approval }: { $impact }
step-pending = - { $name }: to decide
step-undecided = - { $name }: did not decide
step-approved = - { $name }: said yes
step-approved-at = - { $name }: said yes on { $at }
step-rejected = - { $name }: said no
opinions = { $name } asked about cancelling it:
opinion-none = - { $name }: no answer yet
opinion-agrees = - { $name }: agrees
opinion-objects = - { $name }: **objects**, { $why }

confirm-cancel-approval = **Cancel an approval**
confirm-cancel-all = { $count ->
    [one] **Cancel the approval that { $person } asked for**
   *[other] **Cancel the { $count } approvals that { $person } asked for**
}
effect-approval-ends = - it ends at once and waits for nobody any more; its history stays
effect-item-approval = - { $approval } ends at once; its history stays
effect-approval-told = - told: { $told }
effect-approvers-told = - { $groups ->
    [0] the originator and each approver are told
    [one] the originator, each approver and one group are told
   *[other] the originator, each approver and { $groups } groups are told
}
remark-cancel-reason = Reason: { $reason } (the originator and the approvers will read it)
done-cancel-approval = { $approval } is cancelled.
done-cancel-all = { $count ->
    [one] The approval that { $person } asked for is cancelled.
   *[other] The { $count } approvals that { $person } asked for are cancelled.
}
notice-approval-cancelled = { $approval }, asked by { $originator }, was cancelled on { $day }; nothing is left to decide. If you have questions, please ask { $by }.
notice-approval-you-cancelled = { $approval }, asked by { $originator }, was cancelled on { $day }; nothing is left to decide. It was you who cancelled it.
notice-reason = Reason: { $reason }

consult-asks = { $name } would like to cancel { $approval } and asks what you think.
consult-text = They say: { $text }
consult-how = If you agree, send { $agree }; if not, { $object }
consult-moved = { $name } would like to cancel { $approval } and asks what you think. If you agree, send { $agree }; if not, { $object }
consult-you-agreed = You have agreed already; that stands until you answer again.
consult-you-objected = You have objected already ({ $why }); that stands until you answer again.
consult-nobody = { $approval } has nobody else to ask; you can cancel it right away.
consult-asked = Asked about { $approval }: { $names }.
agree-noted = Noted: you agree that { $approval } is cancelled.
object-noted = Noted: you object to cancelling { $approval }. Your reason is shown before anybody confirms.

todo-none = You have nothing to do.
todo-title = { $count ->
    [one] One thing is yours to do:
   *[other] { $count } things are yours to do:
}
todo-line = { $number }. { $item }{ $about }
todo-about = { " " }(left by { $name })
todo-how = When one is done, send `/finish number`
todo-all-done = Everything that was left to do after { $name } is done.
finish-done = Done: { $item }. { $left ->
    [0] Nothing else is left.
    [one] One more is left.
   *[other] { $left } more are left.
}
task-reminder = **Still open** since { $name } left:

audit-none = There are no audit entries.
audit-title = { $count ->
    [one] The last audit entry:
   *[other] The last { $count } audit entries:
}
audit-line = - #{ $seq } { $at } { $actor } { $action } { $target } { $outcome }

denied-not-originator = Only the person who asked for it, or an admin for approvals in their departments, may cancel it.
denied-template-forbids = The template of { $approval } does not let you cancel it.
rejected-unknown-approval = There is no approval “{ $id }”. Send `/approvals` to see which there are.
rejected-not-pending = { $id } “{ $title }” has ended and can’t be cancelled.
rejected-none-pending = { $name } has no pending approvals.
rejected-not-asked = Nobody has asked you about { $approval }.
bad-span = “{ $word }” is no length of time; write 7d or 12h.
bad-count = “{ $word }” is no number from 1 to { $most }.
bad-todo = There is no number “{ $number }”; you have { $count } to do.

help-backup = everything that is kept about you
help-close-account = close your account

backup-made = The backup is made: { $file }. It holds everything that I keep about you.
backup-again = Here is the backup that I made at { $at } once more: { $file }. It shows what there was then; from { $moment } after it on you can have a new one.
backup-checksum = Checksum (SHA-256): { $checksum }
confirm-close-account = **Close the account of { $person }**, { $departments }
effect-erased = - name, phone, e-mail, passwords, backups and stored messages are erased from the database; only the id is left
effect-returns-as-new = - whoever comes back comes as a new person with a new id
blocker-own-approvals = - { $count ->
    [one] an approval that you asked for is still running; cancel it first: { $fix }
   *[other] { $count } approvals that you asked for are still running; cancel them first: { $fix }
}
blocker-backup = - there is no backup of the last 24 hours; make one: { $fix }; or, if you want none, add `--no-backup`
done-close-account = Your account is closed and what was yours is erased. Farewell, and all the best.
notice-account-closed = **{ $name }** ({ $departments }) closed their account on { $day }. For their work, please turn to { $contact }.
notice-account-closed-to-contact = **{ $name }** ({ $departments }) closed their account on { $day }. For their work, you are the one to turn to.

## Notices

notice-departure = **{ $name }** ({ $departments }) left the organisation on { $day }. For their work, please turn to { $contact }.
notice-departure-to-contact = **{ $name }** ({ $departments }) left the organisation on { $day }. For their work, you are the one to turn to.
notice-admin-revoked = **{ $name }** ({ $departments }) has not been an admin since { $day }. If you have questions, please ask { $by }.
notice-your-rights = Your admin rights have ended; everything else stays as it was. If you have questions, please ask { $by }.
task-from = **Now yours, from { $person }:**
task-item = - { $item }

warning-locked = **{ $person }** gave a wrong password or code several times and can’t prove their identity before { $until }. If it wasn’t them, please get in touch soon.
warning-limit = **{ $person }** has finished, or is having carried out, { $limit } operations that can’t be undone within an hour. A further one was refused.
warning-quota = This month’s DingTalk calls are running out: { $calls } of { $limit } are used. Without them I can do nothing on DingTalk; more can be bought on its open platform.
warning-password-in-group = **That was your password, in a group.** Please recall the message at once. The password no longer works and the operation is cancelled; ask whoever runs Usher to run { $command }.
warning-code-in-group = **That was your one-time code, in a group.** Please recall the message. The code no longer works and the operation is cancelled; ask again if you still want it.

## What is left to do

follow-up-accounts = Change the shared passwords they knew
follow-up-equipment = Collect computer, badge and other equipment
follow-up-contacts = Tell customers and partners whom to turn to

## Set up at the machine

typed-no-text = That is not UTF-8 text: what is typed, or the file that it comes from, has another encoding. Nothing was changed.
passwd-ask = New password for { $name }:
passwd-again = Once more:
passwd-short = A password has at least { $least } characters. Nothing was changed.
passwd-slash = A password can’t begin with a slash: in a direct message it would be read as a command. Nothing was changed.
passwd-differs = The two are not the same. Nothing was changed.
passwd-set = { $name } has a password now.
totp-scan = { $name }, scan this with an authenticator. It is shown only this once.
totp-narrow = This terminal is too narrow for the QR code, which takes { $columns } columns. { $name }, make the window wider and run this again, or type this key into an authenticator (time-based); it is shown only this once.
totp-ask = The 6 digits that it shows:
totp-wrong = Those are not right, so nothing was enrolled. Check the phone’s clock and try again.
totp-set = { $name } has one-time codes now.

## Carried out by the platform

progress-backend = { $what }: the platform is working on it. You will hear when it is done.
progress-person = { $what }: the platform lets no program do one step, so somebody has to do it by hand:
progress-person-then = I notice when it is done, and go on by myself. If it is not done by { $until }, I stop.
progress-reminder = **Reminder:** { $what } still waits for somebody to do this by hand:
failed-remote = { $what } was not completed.
failed-kept = Done already, and not undone by itself: { $steps }.
failed-again = Once that is mended, ask again: { $fix }
failed-not-verified = After several tries the platform still does not show it done. Please check in the admin console.
failed-not-kept = The platform answered, but I could not write down what became of it. Please check in the admin console; whoever runs Usher finds the cause in the log.
failed-not-done-in-time = The step by hand was not done in time.
blocked-unknown = **The platform can’t be asked right now** ({ $why }), so nothing was done. Please ask again later: { $fix }
already-under-way = It is being carried out; it can't be done twice at once.
rejected-under-way = Operation { $code } is confirmed, and being carried out.
step-close-account = closing the account
step-grant-admin = admin rights given
step-revoke-admin = admin rights taken away
step-cancel-approval = approval cancelled
step-handover = work and approvals handed over
step-owner = ownership passed on
step-delete = person deleted
step-supervisor = supervisor replaced

## DingTalk

dingtalk-misconfigured = DingTalk refuses the application ({ $why }). Run usher doctor to see what is wrong in the settings.
dingtalk-quota = This month’s DingTalk calls are used up. Buy more on DingTalk’s open platform, or wait for next month.
dingtalk-no-permission = The application lacks a permission: { $points }. Grant it in DingTalk’s developer console under permission management, and see that this person is in its visible scope; usher doctor lists what is missing.
dingtalk-refused = DingTalk refuses this step ({ $code }): { $message }
dingtalk-not-pending = The approval has ended on DingTalk already.
dingtalk-template-switch = This approval’s template lets nobody withdraw what is running. An approvals admin can allow it: OA approvals console → edit the template → advanced settings → allow withdrawing a running approval.
dingtalk-no-such-call = DingTalk has no call for this step.
guide-console = A **main admin** opens DingTalk’s admin console { $url }: Security & permissions → Permission management.
guide-revoke-admin = Remove { $person } from every group of sub-administrators there; if they are a main administrator, remove them from the main administrators.
guide-grant-admin = Add the person to a group of sub-administrators there, with the permissions and departments to give; for a main administrator, add them to the main administrators.
guide-owner = The **present owner** opens DingTalk on the phone: Contacts → Manage → More settings → Transfer the organisation, and passes it to the new owner.
guide-close-account = The person opens DingTalk on the phone: Me → Settings & privacy → Account & security → Close account, and follows what it says.
guide-root-supervisor = No program can change who heads the top department. A **main admin** opens DingTalk’s admin console { $url }: Contacts → Internal contacts, and changes the head of the top department.
