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

## 小部件

plain = { $text }
code = { $code }
person = { $name }（{ $id }）
person-short = { $name } { $id }
no-department = 未分配部门
in-direct = 私聊
in-group = { $name }
to-person = { $id } 的私聊
approval-short = { $id }《{ $title }》
work-items = { $count } 项交接事项
work-approvals = { $count } 个待处理的审批（{ $approvals }）
work-follow-ups = { $count } 项后续事项
left-by = { $item }（{ $name } 离开后）
supervisor-short = 主管 { $name }
usage = 用法：{ $usage }
did-you-mean = 你是不是想输入 { $what }？
did-you-mean-people = 你是不是想找：{ $people }？
see-help = 发送 `/帮助` 查看可用的命令。
operation-of = { $operation }：{ $target }
operation-other = 操作

role-owner = 企业主
role-main = 主管理员，拥有全部权限
role-sub = 子管理员，可管理{ $departments }的{ $permissions }
role-member = 普通成员

## 回答

hint = 你好，我是 Usher。命令以 `/` 开头，发送 `/帮助` 看看我能做什么。
help-title = **{ $organisation } · 可用的命令**
help-line = - { $alias } { $verb } { $what }
help-more = 发送 `/帮助 命令` 查看用法，例如 `/帮助 待确认`。
help-aliases = 也可以输入：{ $aliases }
help-direct-only = 只能在私聊中使用。
help-group-only = 只能在群里使用。
help-asks = 执行前会请你确认。
help-asks-irreversible = 执行前会请你确认，**无法撤销**。
help-needs-secret = 确认后还会私下核对你的密码或动态验证码。
help-help = 查看命令和用法
help-whoami = 我的身份和权限
help-find = 按姓名、拼音或编号找人
help-show = 某人的资料、关系，以及删除前要处理的事
help-admins = 企业主、管理员和他们的权限范围
help-pending = 我未完成的操作
help-confirm = 确认操作
help-cancel = 取消操作
help-notices = 排队、失败和最近发出的通知
help-notify-here = 设置本群接收哪些通知
help-lang = 切换本会话的语言
help-handover = 把某人手上的事项和审批交给另一个人
help-unbind = 解除企业主、管理员或部门主管的关系
help-grant-admin = 授予管理员权限
help-revoke-admin = 取消管理员权限
help-delete = 删除员工

whoami = 你是 **{ $person }**，{ $departments }。
whoami-secret-both = 身份验证：已设置密码和动态验证码。
whoami-secret-password = 身份验证：已设置密码。
whoami-secret-totp = 身份验证：已设置动态验证码。
whoami-secret-none = 身份验证：还没有设置，删除员工等操作暂时不能使用。请让维护 Usher 的人运行 { $password } 或 { $totp }。

find-title = 找到 { $count } 位与“{ $text }”有关的人：
find-line = - { $name }，{ $departments } { $id }
find-more = 还有更多，请输入得更完整一些。
find-none = 没有找到与“{ $text }”有关的人。

admins-title = **{ $organisation }的管理员**
admins-line = - { $person }：{ $role }

show-title = **{ $person }**
show-departments = 部门：{ $departments }
show-phone = 手机：{ $phone }
show-no-phone = 未绑定手机
show-supervises = 主管部门：{ $departments }
show-own = 发起的审批（未结束）：{ $approvals }
show-work = 手上还有：{ $work }
show-blockers = 删除前需要先处理：
show-deletable = 可以直接删除：{ $command }
show-gone = { $person }：{ $status }
show-left-by = 由 { $by } 于 { $at } 删除
show-left = 自 { $at } 起不在组织中
show-reason-in-direct = 原因：请私聊我查看
show-closed = 本人于 { $at } 注销，姓名等资料已清除，只留下编号

pending-none = 你没有未完成的操作。
pending-title = 你有 { $count } 个未完成的操作：
pending-line = - { $code } { $operation }：{ $target }，{ $where }，{ $until }
pending-in-private = 另有 { $count } 个在私聊里发起的操作未完成，私聊我发送 /待确认 可以查看。
pending-until = { $time } 前有效
pending-running = 正在执行

notices-queued = **排队中**
notices-dead = **未能送达**
notices-sent = **最近发出**
notices-line = - #{ $number } → { $whom }，{ $kind }，{ $created }{ $attempts ->
    [0] {""}
   *[other] ，失败 { $attempts } 次
}
notices-none = 没有通知记录。
notices-how = 重发未送达的通知：`/通知 retry 编号`
notices-retried = 已重新排队：#{ $number }

notify-on = 本群将收到这些通知：{ $topics }。
notify-off = 本群不再接收通知。
lang-set = 好的，本会话改用中文。

## 一条消息是什么

kind-answer = 回答
kind-blocked = 暂不能执行
kind-cancelled = 操作取消
kind-choose = 选人
kind-confirm-request = 确认请求
kind-denied = 拒绝
kind-done = 操作完成
kind-expired = 操作超时
kind-failed = 操作失败
kind-notice = 通知
kind-progress = 进展
kind-rejected = 未执行
kind-secret-pending = 验证提示
kind-secret-rejected = 验证未通过
kind-secret-request = 验证请求
kind-task = 待办
kind-warning = 警告
kind-other = 消息

## 请确认

plan-title = **预演**：以下内容不会执行。
confirm-how = 以后还可以改回来。请在 { $until } 前发送 `确认` 或 `确认 { $code }`；不做了就发 `取消`。
confirm-how-only = 请在 { $until } 前发送 `确认` 或 `确认 { $code }`；不做了就发 `取消`。
confirm-how-irreversible = **无法撤销。**请在 { $until } 前发送 `确认 { $code }`；不做了就发 `取消`。
confirm-needs-secret = 确认后，我会私下核对你的密码或验证码。

confirm-delete = **删除员工：{ $person }**，{ $departments }
confirm-revoke-admin = **取消管理员：{ $person }**
confirm-grant-admin = **设为管理员：{ $person }**，{ $departments }
confirm-rights-change = **更改管理员权限：{ $person }**，{ $departments }
confirm-handover = **工作交接：{ $person } → { $receiver }**
confirm-unbind-owner = **转让企业主：{ $person } → { $next }**
confirm-unbind-supervisor = **解除主管：{ $person }**，{ $department }
fact-rights = 现有权限：{ $rights }
remark-reason = 原因：{ $reason }（不对外公布）
remark-note = 备注：{ $note }

effect-departs = - { $name } 立即离开组织，成员关系、登录凭证和未完成的操作全部终止
effect-phone = - 解绑手机 { $phone }
effect-handover = - { $work }转给 { $person }
effect-follow-up = - 离职后续事项由 { $people }跟进
effect-follow-ups-move = - { $name } 手上未完成的 { $count } 项后续事项转给 { $person }
effect-approvals-cancelled = - 取消其发起的审批：{ $approvals }
effect-told = - 发出“{ $topic }”通知：{ $told }
effect-rights-end = - 立即失去全部管理权限，其余不变
effect-rights-begin = - 获得权限：{ $rights }
effect-rights-all-else-ends = - 除此以外的管理权限全部取消
effect-permissions-end = - 取消这些权限：{ $permissions }
effect-departments-end = - 不再管理这些部门：{ $departments }
remark-rights-way-back = - 你自己无法改回，以后要改回，须请企业主或主管理员操作
effect-told-person = - { $groups ->
    [0] 通知本人
   *[other] 通知本人和 { $groups } 个群
}
effect-item = - { $item }
effect-owner-begins = - { $name } 成为企业主，拥有全部权限
effect-owner-was-admin = - { $name } 原来的管理员权限（{ $rights }）随之结束，因为企业主本来就有全部权限；以后再转让企业主，要重新授予
effect-owner-ends = - { $name } 不再是企业主，成为普通成员
effect-owner-stays-admin = - { $name } 不再是企业主，但仍是管理员：{ $rights }
remark-owner-way-back = - 以后只有新的企业主 { $name } 能改回来
effect-supervisor-ends = - { $name } 不再是主管
effect-supervisor-begins = - { $person }接任主管
remark-own-requests = - **注意：**{ $approvals }是 { $name } 自己发起的，交接后将由本人审批
remark-supervisor-way-back-of-others = - { $name } 不在你的管理范围内，你自己无法改回；以后要改回，须请管得到 { $name } 的管理员发送：{ $command }
remark-supervisor-no-way-back = - 以后可以改回来，但我没有这样的命令：组织在钉钉上的，请在钉钉管理后台重新任命主管；自有组织请导入组织文件
remark-handover-way-back-of-others = - 你自己无法改回，以后要交还，须请能交接 { $name } 工作的管理员操作
remark-handover-takes-more-back = - 以后再交还，会把 { $name } 手上原有的工作一起转走

## 核对身份

secret-pending = { $name }，请到与我的私聊里完成身份验证。**不要把密码或验证码发在群里。**
secret-request-password = { $what }。请在 { $until } 前在这里输入你的密码。
secret-request-totp = { $what }。请在 { $until } 前在这里输入验证器上的 6 位数字。
secret-request-either = { $what }。请在 { $until } 前在这里输入你的密码，或验证器上的 6 位数字。
secret-request-how = 我不会保存你输入的内容。不做了就发 { $cancel }。
secret-rejected = 不正确，还可以再试 { $tries } 次。

## 结果

done-delete = 已删除 **{ $person }**。
done-handed-over = 未完成的工作已转给 { $person }。
done-follow-ups-moved = { $name } 未完成的后续事项已转给 { $person }。
done-revoke-admin = 已取消 **{ $person }**的管理员权限。
done-restore = 需要恢复时发送：{ $command }
done-restore-others = 需要恢复时，请企业主或主管理员发送：{ $command }
done-grant-admin = 已将 **{ $person }**设为管理员：{ $rights }
done-rights-changed = **{ $person }**现在的权限：{ $rights }（之前：{ $before }）
done-undo = 需要撤回时发送：{ $command }
done-undo-others = 需要撤回时，请企业主或主管理员发送：{ $command }
done-handover = 已将 **{ $person }**手上的工作转给 { $receiver }。
done-unbind-owner = 企业主现在是 **{ $person }**。
done-owner-back = 需要还回来时，请 { $name } 发送：{ $command }
done-unbind-supervisor = { $person }不再是{ $department }的主管。
done-successor = 现在的主管是 { $person }。
cancelled = “{ $what }”已取消，什么都没有改变。
cancelled-departed = 发起人已离开组织，“{ $what }”已取消。
expired = “{ $what }”已超时，什么都没有改变。
failed-internal = 抱歉，我这边出了故障，这一步没有执行，什么都没有改变。请稍后再试；如果一直这样，请联系维护 Usher 的人查看日志。

## 屏幕

screen-title = **Usher** · { $organisation }
screen-seat = 你现在是 **{ $name }**，在 **{ $place }**。
screen-try = 这是演示组织，可以放心试：
screen-try-show = - { $command } 看一个人，以及删除前要处理什么
screen-try-revoke = - { $command } 取消管理员，然后发 `确认`
screen-try-delete = - { $command } 删除员工，然后发 `确认 操作码`
screen-try-dm = - { $command } 到私聊里输入密码（演示密码会显示出来）
screen-switch = 换身份 { $as }，换地方 { $in } 或 `:dm`，更多 `:help`，退出 `:quit`。按 Tab 补全。
screen-help = - `:as 某人` 换一个身份
    - `:in 群` 到一个群里，`:dm` 到与 Usher 的私聊里
    - `:who` 所有人，`:where` 所有群
    - `:quit` 退出；下次启动会接着来
    - 其他内容会发给当前的群或私聊；`/帮助` 看命令，Tab 补全
screen-unknown = 没有这个人、群或屏幕命令。`:who` 看所有人，`:where` 看所有群，`:help` 看其他。
screen-secret = 密码或验证码（不显示）：
screen-demo-secret = （演示）密码是 { $password }

## 还不能做

blocked-title = **现在还不能执行**，请先处理：
blocked-changed = **情况有变**：你看到的内容已经不准确，所以没有执行。请重新发起：{ $fix }
blocked-over = **情况有变**，所以没有执行，也不能再照原样发起。现在的情况：{ $fix }
blocker-changed = - 情况有变，处理完后请重新发起：{ $fix }
blocker-owner = - { $name } 是企业主，请企业主先转让：{ $fix }
blocker-admin = - { $name } 是管理员（{ $rights }），先取消：{ $fix }
blocker-supervisor = - { $name } 是{ $department }的主管，先解除：{ $fix }
blocker-admin-others = - { $name } 是管理员（{ $rights }），请主管理员先取消：{ $fix }
blocker-supervisor-others = - { $name } 是{ $department }的主管，请管理员先解除：{ $fix }
blocker-handover = - { $name } 手上还有 { $work }，请指定接手人：{ $fix }
blocker-approvals = - { $name } 发起的 { $count } 个审批还没结束（{ $approvals }），一并取消请加：{ $fix }
blocker-approvals-forbidden = - { $count } 个审批不能由你取消（{ $approvals }），请有权限的人先处理：{ $fix }
blocker-approvals-kept = - { $count } 个审批谁都不能取消（{ $approvals }），须先由审批人处理完，详情见：{ $fix }
blocker-last-admin = - 取消后就没有能行使权限的主管理员或企业主了，请先设一位：{ $fix }

## 不可以

denied-unknown-sender = 抱歉，我只为本组织的成员服务。
denied-direct-only = 这个命令只能在与我的私聊中使用。
denied-group-only = 这个命令只能在群里使用。
denied-admin-only = 只有管理员可以这样做。
denied-main-admin-only = 只有企业主和主管理员可以这样做。
denied-owner-only = 只有企业主可以这样做。
denied-holder-only = 只有企业主、主管理员，或有“{ $permission }”权限的子管理员可以这样做。
denied-out-of-scope = { $name } 不在你的管理范围内。
denied-more-than-own = 不能给 { $name } 超出你自己的权限。
denied-self = 不能对自己这样做。要离开组织，请私聊我发送 `/注销账号`。
denied-no-secret = 这个操作需要验证身份，而你还没有设置。请让维护 Usher 的人运行 { $password } 或 { $totp }。
denied-locked = 输错次数过多，{ $until } 之前不能验证身份。企业主已收到提醒。
denied-limit = 一小时内最多完成 { $limit } 个无法撤销的操作（正在执行的也算），请稍后再试。企业主已收到提醒。
denied-not-yours = 这不是你发起的操作，只有发起人可以确认或取消。
denied-elsewhere = 这个操作是在{ $where }发起的，请回到那里确认或取消。
denied-too-many-tries = 输错次数过多，操作已终止，什么都没有改变。

rejected-unknown-command = 没有“{ $verb }”这个命令。
rejected-no-command = 没有这个命令。
rejected-unknown-person = 没有找到“{ $name }”。
rejected-mention-mismatch = 显示的名字是“{ $label }”，实际提到的却是 { $name }。如果就是这个人，请输入 { $id }。
rejected-one-command = 一次只能发一条命令，中间不能换行。什么都没有执行。
rejected-too-long = 命令太长了，最多 4096 个字。
rejected-too-fast = 消息太多了，一分钟最多处理 { $limit } 条。这一条没有执行，接下来一分钟内的也不会；请稍后再发。
rejected-stale = 这条消息发得太早，我刚刚才收到，为安全起见没有执行。还需要的话请重新发送。
rejected-not-an-admin = { $person }不是管理员。
rejected-already-pending = 你还有一个未完成的操作：`{ $code }`。请先完成或取消它。
rejected-secret-awaited = 操作 { $code } 已确认，正等你在与我的私聊里输入密码或验证码。
one-secret-at-a-time = 一次只能验证一个操作。完成那一个之后，再在这里发送 `确认 { $code }`。
rejected-nothing-pending = 你在这里没有待确认的操作。要看其他地方的，请发送 `/待确认`。
rejected-no-such-code = 没有这个操作码。
rejected-code-needed = 这个操作无法撤销，请带上操作码：{ $command }
rejected-already-settled = 操作 { $code } 之前已经结束，这次什么都没有做。

bad-unclosed = 从“{ $start }”起读不懂：引号没有成对，或 @ 后面缺了名字。
bad-missing = 还缺少 { $what }。
bad-off-alone = { $word } 要单独使用。
bad-extra = 多了“{ $word }”。
bad-name-with-spaces = 名字里有空格时，请加上引号：{ $form }
bad-second-target = 一次只能处理一个人，多了 { $word }。
bad-unknown-option = 没有“{ $option }”这个选项。
bad-repeated = { $option } 写了两次。
bad-empty = { $option } 后面要有内容。
bad-flag-value = { $option } 后面不需要内容。
bad-word = “{ $word }”不对，可以是：{ $words }
bad-not-a-person = 要指明一个人，请加上 @：{ $form }
bad-is-a-person = 这里不用写人名：{ $word }
bad-hidden = “{ $name }”里有看不见的字符。为免认错人，请从成员列表里选择。
bad-choice = 请回复 1 到 { $count } 之间的数字。
bad-letter = 没有编号为“{ $number }”的未送达通知。
bad-handover-to-target = 不能把工作交给 { $name } 自己。
bad-nothing-open = { $name } 手上没有未完成的工作。
bad-main-has-all = 主管理员拥有全部权限，不需要写部门和权限。
bad-owner-has-all = { $name } 是企业主，已经拥有全部权限。
bad-has-them = { $name } 已经有完全相同的权限。
bad-department = 没有“{ $word }”这个部门，请写部门的编号或全名。
bad-departments = 有几个部门都叫“{ $word }”，请写编号：{ $ids }
bad-option-here = 这里用不到 { $option }。
bad-not-owner = { $name } 不是企业主。
bad-not-supervisor = { $name } 没有担任任何部门的主管。
bad-which-department = 请指明 { $name } 主管的部门：{ $forms }
bad-same-person = 接任的人不能还是 { $name }。

choose = “{ $name }”可能是这几位，请回复数字：
choose-line = { $number }. { $name }，{ $departments } { $id }
choose-how = 也可以用编号重新发送命令。
choose-how-cut = 还有更多，请用编号重新发送命令。

## 审批和待办

help-approvals = 待处理的审批：我的、某人的，或长期没人处理的
help-approval = 一个审批的进度和取消后的影响
help-cancel-approval = 取消审批
help-consult = 取消审批前先问问审批人
help-agree = 同意取消审批
help-object = 反对取消审批
help-todo = 我的待办事项
help-finish = 完成一项待办
help-audit = 最近的审计记录

nobody = 没有人
nothing = {""}

approvals-own = { $name } 发起的未结束审批（{ $count }）：
approvals-waiting = 等待 { $name } 处理的审批（{ $count }）：
approvals-none = { $name } 没有待处理的审批。
approvals-stale = 超过 { $span }没有进展的审批（{ $count }）：
approvals-none-stale = 没有超过 { $span }未进展的审批。
approvals-line = - { $id }《{ $title }》，{ $originator } 发起，已 { $running }，{ $waits }
approvals-more = 还有 { $count } 个没有列出。
approval-waits-on = 等待 { $name }
approval-waits-on-nobody = 没有待处理的人

approval-head = **{ $id }《{ $title }》** { $originator } 于 { $created } 发起
approval-approved = 已通过
approval-rejected = 已拒绝
approval-cancelled = 已取消
approval-cancelled-by = 已取消：{ $name }，{ $at }
approval-impact = 已进行 { $span }，完成 { $finished } 步，还剩 { $left } 步；取消后不必再处理的人：{ $stops }
impact-of = { $approval }：{ $impact }
step-pending = - { $name }：待处理
step-undecided = - { $name }：未处理
step-approved = - { $name }：已同意
step-approved-at = - { $name }：{ $at } 已同意
step-rejected = - { $name }：已拒绝
opinions = { $name } 已就是否取消征求意见：
opinion-none = - { $name }：还没有回复
opinion-agrees = - { $name }：同意取消
opinion-objects = - { $name }：**反对**，{ $why }

confirm-cancel-approval = **取消审批**
confirm-cancel-all = **取消 { $person }发起的 { $count } 个审批**
effect-approval-ends = - 审批立即结束，处理记录保留，不再等待任何人
effect-item-approval = - { $approval } 立即结束，处理记录保留
effect-approval-told = - 通知：{ $told }
effect-approvers-told = - { $groups ->
    [0] 通知发起人和每位审批人
   *[other] 通知发起人、每位审批人和 { $groups } 个群
}
remark-cancel-reason = 原因：{ $reason }（会告诉发起人和审批人）
done-cancel-approval = 已取消审批 { $approval }。
done-cancel-all = 已取消 { $person }发起的 { $count } 个审批。
notice-approval-cancelled = { $originator } 发起的审批 { $approval }已于 { $day } 被取消，不用再处理。如有疑问请联系 { $by }。
notice-approval-you-cancelled = { $originator } 发起的审批 { $approval }已于 { $day } 被你取消，不用再处理。
notice-reason = 原因：{ $reason }

consult-asks = { $name } 想取消审批 { $approval }，先问问你的意见。
consult-text = 说明：{ $text }
consult-how = 同意请发 { $agree }；不同意请发 { $object }
consult-moved = { $name } 想取消 { $approval }，想听听你的意见。同意请发 { $agree }；不同意请发 { $object }
consult-you-agreed = 你之前已同意，在你再次回复之前仍然有效。
consult-you-objected = 你之前已反对（{ $why }），在你再次回复之前仍然有效。
consult-nobody = { $approval }没有别的审批人可以问，可以直接取消。
consult-asked = 已就 { $approval }征求意见：{ $names }。
agree-noted = 已记下：你同意取消 { $approval }。
object-noted = 已记下：你反对取消 { $approval }。对方确认前会看到你的理由。

todo-none = 没有待办事项。
todo-title = 你有 { $count } 项待办：
todo-line = { $number }. { $item }{ $about }
todo-about = （{ $name } 离开后）
todo-how = 做完一项就发 `/完成 编号`
todo-all-done = { $name } 离开后的事项已全部完成。
finish-done = 已完成：{ $item }。{ $left ->
    [0] 没有别的待办了。
   *[other] 还剩 { $left } 项。
}
task-reminder = **提醒：**{ $name } 离开后，这些事还没有完成：

audit-none = 没有审计记录。
audit-title = 最近 { $count } 条审计记录：
audit-line = - #{ $seq } { $at } { $actor } { $action } { $target } { $outcome }

denied-not-originator = 只有发起人，或管理发起人所在部门审批的管理员可以取消。
denied-template-forbids = { $approval }的模板不允许你取消。
rejected-unknown-approval = 没有找到审批“{ $id }”。发送 `/审批列表` 看看有哪些。
rejected-not-pending = { $id }《{ $title }》已经结束，不能再取消。
rejected-none-pending = { $name } 没有未结束的审批。
rejected-not-asked = 没有人就 { $approval }问过你的意见。
bad-span = “{ $word }”不是时长，请写成 7d、12h 这样。
bad-count = “{ $word }”不对，请写 1 到 { $most } 之间的数字。
bad-todo = 没有第“{ $number }”项，你有 { $count } 项待办。

help-backup = 导出我的全部资料
help-close-account = 注销我的账号

backup-made = 备份已生成：{ $file }，包含我保存的关于你的全部资料。
backup-again = 重新发送 { $at } 生成的备份：{ $file }，内容截至当时。满 { $moment }后可以再生成新的。
backup-checksum = 校验码（SHA-256）：{ $checksum }
confirm-close-account = **注销账号：{ $person }**，{ $departments }
effect-erased = - 姓名、手机、邮箱、密码、备份和保存的消息将从数据库中彻底清除，只留下编号
effect-returns-as-new = - 以后回来只能作为新成员加入，使用新的编号
blocker-own-approvals = - 你发起的 { $count } 个审批还没结束，先取消：{ $fix }
blocker-backup = - 最近 24 小时没有备份，先备份：{ $fix }；确定不要就加 `--no-backup`
done-close-account = 账号已注销，你的资料已清除。再见，祝一切顺利。
notice-account-closed = { $departments }的 **{ $name }** 已于 { $day } 注销账号。工作事宜请联系 { $contact }。
notice-account-closed-to-contact = { $departments }的 **{ $name }** 已于 { $day } 注销账号。工作事宜由你对接。

## 通知

notice-departure = { $departments }的 **{ $name }** 已于 { $day } 离开组织。工作事宜请联系 { $contact }。
notice-departure-to-contact = { $departments }的 **{ $name }** 已于 { $day } 离开组织。工作事宜由你对接。
notice-admin-revoked = { $departments }的 **{ $name }** 自 { $day } 起不再是管理员。如有疑问请联系 { $by }。
notice-your-rights = 你的管理员权限已被取消，其他一切不变。如有疑问请联系 { $by }。
task-from = **{ $person }的工作现在由你负责：**
task-item = - { $item }

warning-locked = **{ $person }**多次输错密码或验证码，{ $until } 之前不能验证身份。如果不是本人操作，请尽快联系对方。
warning-limit = **{ $person }**一小时内已完成或正在执行 { $limit } 个无法撤销的操作，再次尝试已被拒绝。
warning-quota = 本月的钉钉接口额度快用完了：已用 { $calls } 次，共 { $limit } 次。用完后我在钉钉里就不能工作了；请在钉钉开放平台购买额度。
warning-password-in-group = **密码发到群里了。**请立即撤回那条消息。密码已停用，操作已取消；请让维护 Usher 的人运行 { $command } 重新设置。
warning-code-in-group = **验证码发到群里了。**请撤回那条消息。这个验证码已作废，操作已取消；需要的话请重新发起。

## 后续事项

follow-up-accounts = 更换离职者知道的共用密码
follow-up-equipment = 收回电脑、门禁卡等物品
follow-up-contacts = 通知客户和合作方新的联系人

## 在机器上设置

typed-no-text = 这不是 UTF-8 文本：输入的内容或来源文件用了别的编码。没有更改。
passwd-ask = 请为 { $name } 输入新密码：
passwd-again = 请再输入一次：
passwd-short = 密码至少要 { $least } 个字符，没有更改。
passwd-slash = 密码不能以 / 开头：在私聊里那会被当成命令。没有更改。
passwd-differs = 两次输入不一致，没有更改。
passwd-set = 已为 { $name } 设置密码。
totp-scan = 请 { $name } 用验证器扫描上面的二维码。它只显示这一次。
totp-narrow = 终端太窄，显示不下二维码（需要 { $columns } 列）。请 { $name } 把窗口拉宽后重新运行，或在验证器里手动输入下面的密钥（基于时间）。它只显示这一次。
totp-ask = 请输入验证器上的 6 位数字：
totp-wrong = 数字不对，没有启用。请检查手机时间后重试。
totp-set = 已为 { $name } 启用动态验证码。

## 由平台执行

progress-backend = “{ $what }”正在平台上执行，完成后告诉你。
progress-person = “{ $what }”有一步平台不开放接口，需要人工完成：
progress-person-then = 完成后我会自动发现并继续，不用回来确认；{ $until } 前没有完成就终止。
progress-reminder = **提醒：**“{ $what }”还在等人工完成：
failed-remote = “{ $what }”没有完成。
failed-kept = 已经完成、不会自动撤回的部分：{ $steps }。
failed-again = 处理好以后可以重新发起：{ $fix }
failed-not-verified = 多次尝试后，平台上仍看不到结果。请到管理后台核对。
failed-not-kept = 平台有了答复，但结果我没能记下来。请到管理后台核对；维护 Usher 的人可以在日志里找到原因。
failed-not-done-in-time = 人工步骤没有在期限内完成。
blocked-unknown = **现在查不到平台上的情况**（{ $why }），所以没有执行。请稍后重新发起：{ $fix }
already-under-way = 这个操作正在执行，不能重复发起。
rejected-under-way = 操作 { $code } 已经确认，正在执行。
step-close-account = 注销账号
step-grant-admin = 设为管理员
step-revoke-admin = 取消管理员
step-cancel-approval = 取消审批
step-handover = 转交工作和审批
step-owner = 转让企业主
step-delete = 删除员工
step-supervisor = 更换部门主管

## 钉钉

dingtalk-misconfigured = 钉钉拒绝了这个应用（{ $why }）。请运行 usher doctor 检查配置。
dingtalk-quota = 本月的钉钉接口额度已用完。请在钉钉开放平台购买额度，或等到下个月。
dingtalk-no-permission = 应用缺少权限：{ $points }。请在钉钉开发者后台“权限管理”里开通，并确认可见范围包含此人；usher doctor 会列出缺少的权限。
dingtalk-refused = 钉钉拒绝了这一步（{ $code }）：{ $message }
dingtalk-not-pending = 这条审批在钉钉里已经结束。
dingtalk-template-switch = 这个审批模板不允许撤销进行中的审批。请审批管理员在 OA 审批后台 → 编辑模板 → 高级设置里勾选“允许撤销审批中的审批单”。
dingtalk-no-such-call = 钉钉没有开放这一步的接口。
guide-console = 请**主管理员**打开钉钉管理后台 { $url }，进入“安全与权限 → 权限管理”。
guide-revoke-admin = 在“子管理员”的每个分组里移除 { $person }；如果此人是主管理员，请在“主管理员”里移除。
guide-grant-admin = 在“子管理员”里新建或选择一个分组，加入此人，并勾选要给的权限和部门；如果是主管理员，请在“主管理员”里添加。
guide-owner = 请**现任企业主**在手机钉钉里打开“通讯录 → 管理 → 更多设置 → 更换企业创建人（转让）”，转让给新的企业主。
guide-close-account = 请本人在手机钉钉里打开“我的 → 设置与隐私 → 账号与安全 → 注销账号”，按提示退出企业并注销。
guide-root-supervisor = 公司最上层的部门不能由程序更换主管。请**主管理员**打开钉钉管理后台 { $url }，进入“通讯录 → 内部通讯录管理”，更换最上层部门的主管。
