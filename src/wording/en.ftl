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
