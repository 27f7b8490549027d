"""Makes each call of the new host that Usher makes, with the official alibabacloud-dingtalk SDK, and reads each answer."""
import json
import sys

from alibabacloud_dingtalk.card_1_0 import client as card, models as card_models
from alibabacloud_dingtalk.contact_1_0 import client as contact, models as contact_models
from alibabacloud_dingtalk.oauth2_1_0 import client as oauth, models as oauth_models
from alibabacloud_dingtalk.robot_1_0 import client as robot, models as robot_models
from alibabacloud_dingtalk.workflow_1_0 import client as workflow, models as workflow_models
from alibabacloud_tea_openapi import models as open_api
from alibabacloud_tea_util import models as util

base, client_id, client_secret = sys.argv[1:4]
config = open_api.Config(protocol="http", region_id="central", endpoint=base.removeprefix("http://"))
runtime = util.RuntimeOptions()
done = 0


def check(name, truth):
    global done
    if not truth:
        sys.exit(f"alibabacloud-dingtalk: {name}: the answer is not what the SDK reads")
    done += 1


def refused(name, code, call):
    try:
        call()
    except Exception as error:
        check(name, getattr(error, "code", "") == code)
        return
    sys.exit(f"alibabacloud-dingtalk: {name}: it is not refused")


asked = oauth_models.GetAccessTokenRequest(app_key=client_id, app_secret=client_secret)
token = oauth.Client(config).get_access_token(asked).body
check("accessToken", token.access_token and token.expire_in == 7200)
wrong = oauth_models.GetAccessTokenRequest(app_key=client_id, app_secret="wrong")
refused("accessToken, wrong", "invalidClientIdOrSecret", lambda: oauth.Client(config).get_access_token(wrong))


def headers(models, kind):
    made = getattr(models, kind)()
    made.x_acs_dingtalk_access_token = token.access_token
    return made


flow = workflow.Client(config)
found = flow.get_process_instance_with_options(
    workflow_models.GetProcessInstanceRequest(process_instance_id="A-1001"),
    headers(workflow_models, "GetProcessInstanceHeaders"), runtime).body
check("processInstances", found.result.status == "RUNNING" and found.result.tasks[-1].task_id)
refused("processInstances, unknown", "processInstanceNotExist", lambda: flow.get_process_instance_with_options(
    workflow_models.GetProcessInstanceRequest(process_instance_id="nope"),
    headers(workflow_models, "GetProcessInstanceHeaders"), runtime))
ids = flow.list_process_instance_ids_with_options(
    workflow_models.ListProcessInstanceIdsRequest(process_code="expense", start_time=0, next_token=0, max_results=20),
    headers(workflow_models, "ListProcessInstanceIdsHeaders"), runtime).body
check("instanceIds/query", ids.success and "A-1001" in ids.result.list)
forms = flow.list_user_visible_bpms_processes_with_options(
    workflow_models.ListUserVisibleBpmsProcessesRequest(max_results=100, next_token=0),
    headers(workflow_models, "ListUserVisibleBpmsProcessesHeaders"), runtime).body
check("userVisibilities/templates", any(form.process_code == "expense" for form in forms.result.process_list))
count = flow.get_user_todo_task_sum_with_options(
    workflow_models.GetUserTodoTaskSumRequest(user_id="alice"),
    headers(workflow_models, "GetUserTodoTaskSumHeaders"), runtime).body
check("todoTasks/numbers", count.result >= 1)
comment = flow.add_process_instance_comment_with_options(
    workflow_models.AddProcessInstanceCommentRequest(process_instance_id="A-1001", text="x", comment_user_id="alice"),
    headers(workflow_models, "AddProcessInstanceCommentHeaders"), runtime).body
check("comments", comment.result)
handed = flow.redirect_workflow_task_with_options(
    workflow_models.RedirectWorkflowTaskRequest(
        task_id=found.result.tasks[-1].task_id, to_user_id="mei", operate_user_id="alice"),
    headers(workflow_models, "RedirectWorkflowTaskHeaders"), runtime).body
check("tasks/redirect", handed.result)
ended = flow.terminate_process_instance_with_options(
    workflow_models.TerminateProcessInstanceRequest(process_instance_id="A-1001", is_system=True, remark="x"),
    headers(workflow_models, "TerminateProcessInstanceHeaders"), runtime).body
check("terminate", ended.result)

bot = robot.Client(config)
text = json.dumps({"title": "t", "text": "x"})
group = bot.org_group_send_with_options(
    robot_models.OrgGroupSendRequest(
        robot_code=client_id, open_conversation_id="ops", msg_key="sampleMarkdown", msg_param=text),
    headers(robot_models, "OrgGroupSendHeaders"), runtime).body
check("groupMessages/send", group.process_query_key)
direct = bot.batch_send_otowith_options(
    robot_models.BatchSendOTORequest(
        robot_code=client_id, user_ids=["alice", "nobody"], msg_key="sampleMarkdown", msg_param=text),
    headers(robot_models, "BatchSendOTOHeaders"), runtime).body
check("oToMessages/batchSend", direct.process_query_key and direct.invalid_staff_id_list == ["nobody"])

cards = card.Client(config)


def make(track, kind, route=None):
    return cards.create_and_deliver_with_options(
        card_models.CreateAndDeliverRequest(
            card_template_id="usher-card.schema", out_track_id=track, callback_type=kind, callback_route_key=route,
            card_data=card_models.CreateAndDeliverRequestCardData(card_param_map={"title": "t", "body": "b"}),
            open_space_id="dtv1.card//IM_GROUP.ops",
            im_group_open_space_model=card_models.CreateAndDeliverRequestImGroupOpenSpaceModel(support_forward=False),
            im_group_open_deliver_model=card_models.CreateAndDeliverRequestImGroupOpenDeliverModel(
                robot_code=client_id)),
        headers(card_models, "CreateAndDeliverHeaders"), runtime).body


made = make("sdk-1", "STREAM")
check("createAndDeliver", made.success and made.result.deliver_results[0].success)
refused("createAndDeliver, unknown route", "param.invalid", lambda: make("sdk-2", "HTTP", "route"))
registered = cards.register_callback_with_options(
    card_models.RegisterCallbackRequest(
        callback_route_key="route", callback_url="http://127.0.0.1/card", api_secret="s", force_update=True),
    headers(card_models, "RegisterCallbackHeaders"), runtime).body
check("callbacks/register", registered.success and registered.result.callback_url == "http://127.0.0.1/card")
check("createAndDeliver, by HTTP", make("sdk-2", "HTTP", "route").success)
changed = cards.update_card_with_options(
    card_models.UpdateCardRequest(
        out_track_id="sdk-1",
        card_data=card_models.UpdateCardRequestCardData(card_param_map={"state": "closed"}),
        card_update_options=card_models.UpdateCardRequestCardUpdateOptions(update_card_data_by_key=True)),
    headers(card_models, "UpdateCardHeaders"), runtime).body
check("card/instances", changed.success)

leavers = contact.Client(config).list_emp_leave_records_with_options(
    contact_models.ListEmpLeaveRecordsRequest(
        start_time="2026-01-01T00:00:00Z", end_time="2026-12-31T00:00:00Z", next_token="0", max_results=50),
    headers(contact_models, "ListEmpLeaveRecordsHeaders"), runtime).body
check("empLeaveRecords", leavers.records is not None)
print(f"alibabacloud-dingtalk: {done} answers read")
