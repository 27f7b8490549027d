# What Usher says in Chinese.
#
# A message is written in Usher's own markup: **strong**, `code`, and "- " before an item of a list.
# A further line of a message can't begin with *, [ or . (write {"**"} there).

## What somebody is to the organisation

relation-owner = 企业主
relation-admin = 管理员
relation-supervisor = 主管

level-main = 主管理员
level-sub = 子管理员

permission-people = 员工
permission-admins = 管理员
permission-approvals = 审批

status-active = 在职
status-departed = 已离职
status-closed = 已注销

## Why somebody leaves

reason-resigned = 自愿离职
reason-dismissed = 解聘
reason-incapacity = 丧失劳动能力
reason-transfer = 内部调整
reason-other = 其他

## What a group can be told of

topic-departure = 员工离职
topic-admin-revoked = 取消管理员
topic-approval-cancelled = 取消审批
topic-account-closed = 账号注销

## What was asked for: "the …"

operation-delete = 删除员工
operation-revoke-admin = 取消管理员
operation-grant-admin = 设为管理员
operation-unbind = 解绑
operation-handover = 工作交接
operation-cancel-approval = 取消审批
operation-close-account = 注销账号

## How long

span-days = { $n } 天
span-hours = { $n } 小时
span-minutes = { $n } 分钟
