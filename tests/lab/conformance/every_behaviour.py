"""The one list of behaviours, to which all backends are held."""

from __future__ import annotations

import plays_of_both_places as both
import plays_of_commands as commands
import plays_of_foreign as foreign
import plays_of_grants as grants
import plays_of_refusals as refusals
import plays_of_revocations as revocations
import plays_of_sweeps as sweeps
import plays_of_writes as writes
import plays_without_kubernetes as without
from backends import AWS_AUTH, BOTH, BY_ROWS, ENTRIES, NONE
from behaviours import Behaviour, instead
from plays_of_a_new_name import nobody_is_refused_while_the_name_changes

GRANTING, REVOKING, FOREIGN = "Granting", "Revoking", "What is not ours"
WRITING, SWEEPING, REFUSING = "Writing", "The sweep", "Bad input"
COMMANDS, PLACES = "Commands", "Two places, and none"
ONE = (AWS_AUTH, ENTRIES, NONE)
WITH_ENTRIES = (ENTRIES, BOTH, NONE)
WITH_ROWS = (AWS_AUTH, BY_ROWS)
WITH_KUBERNETES = (AWS_AUTH, ENTRIES, BOTH, BY_ROWS)

NO_BINDING = "with `kubernetes: none` no Kubernetes call is made, so no ClusterRole can be bound, and the grant says so"
AT_ONCE = (
    "with `kubernetes: none` nobody looks at namespaces: EKS associates an access policy with one that is not there"
)
NO_POLICY = "aws-auth knows no EKS access policies; the refusal says what to do"
TO_THE_SWEEP = (
    "EKS finds an entry by the whole ARN alone, and the event of a deleted role has no path; nobody gets in by it"
)
THEIRS = "the username is the mark of a row: one that was changed is not ours any more, and is left alone as a conflict"
ONE_PLACE = "in this authentication mode the cluster reads one place alone"
ITS_ENTRY = (
    "where rows are written it is the entry that is left, and wins: it goes in the run after the one that wrote its row"
)
ASKED = "bindings are made there, so the function must reach the API server"
NONE_TO_DROP = "with `kubernetes: none` no binding is ever made, so none is left over"
NOT_KEPT = (
    "with `kubernetes: none` there is no place in the cluster for a history; the command says so, and CloudTrail has it"
)
NOT_ASKED = "with `kubernetes: none` no API server is asked, so none can ask to slow down"

BEHAVIOURS = (
    Behaviour(GRANTING, "a tag lets in, and nothing else", grants.a_tag_lets_in),
    Behaviour(
        GRANTING, "a ClusterRole is bound, and in its namespace alone", grants.a_cluster_role_is_granted,
        instead((NONE,), "refused", NO_BINDING, grants.a_cluster_role_is_refused),
    ),
    Behaviour(GRANTING, "allowed in the namespace of the grant, 403 elsewhere", grants.a_grant_is_for_its_namespace),
    Behaviour(GRANTING, "several namespaces, and several tag keys, are united", grants.several_namespaces_are_united),
    Behaviour(GRANTING, "group= makes a member of a group that others bind", grants.a_group_that_is_bound_by_others),
    Behaviour(
        GRANTING, "policy= associates an EKS access policy", grants.an_access_policy_is_granted,
        instead(WITH_ROWS, "no such thing", NO_POLICY, grants.an_access_policy_is_refused),
    ),
    Behaviour(GRANTING, "a rule gives to a permission set's role", grants.a_rule_gives_without_a_tag),
    Behaviour(GRANTING, "a role with a path gets in", grants.a_path_is_no_obstacle),
    Behaviour(
        GRANTING, "a grant waits for its namespace", grants.a_namespace_is_waited_for,
        instead((NONE,), "at once", AT_ONCE, grants.a_namespace_is_not_waited_for),
    ),
    Behaviour(GRANTING, "a refused grant stops no other", grants.a_refused_grant_stops_no_other),
    Behaviour(REVOKING, "a changed tag narrows and widens", revocations.a_changed_tag_narrows_and_widens),
    Behaviour(REVOKING, "untagged: 401", revocations.an_untagged_role_is_unknown),
    Behaviour(REVOKING, "deleted: 401", revocations.a_deleted_role_is_unknown),
    Behaviour(
        REVOKING, "deleted, with a path: its event is enough", revocations.a_path_goes_at_once,
        instead(WITH_ENTRIES, "by the sweep", TO_THE_SWEEP, revocations.a_path_is_left_to_the_sweep),
    ),
    Behaviour(
        REVOKING, "made again under its name: in again once tagged, not before", revocations.made_again_starts_anew
    ),
    Behaviour(REVOKING, "made again with its tag: in again", revocations.made_again_with_its_tag),
    Behaviour(REVOKING, "an event touches nobody else", revocations.an_event_touches_nobody_else),
    Behaviour(REVOKING, "duplicates and any order of events are harmless", revocations.twice_and_in_any_order),
    Behaviour(FOREIGN, "a way in by hand is a conflict", foreign.a_way_in_by_hand_is_a_conflict),
    Behaviour(FOREIGN, "ours goes beside a way in by hand", foreign.ours_goes_beside_a_way_in_by_hand),
    Behaviour(FOREIGN, "a node's role is not heard", foreign.a_node_is_not_heard),
    Behaviour(FOREIGN, "the node that is there stays", foreign.the_node_that_is_there_stays),
    Behaviour(WRITING, "nothing to change is no write", writes.nothing_to_change_is_no_write),
    Behaviour(WRITING, "mode observe writes nothing", writes.observe_writes_nothing),
    Behaviour(WRITING, "throttled by AWS: retried, then done", writes.throttled_is_retried),
    Behaviour(
        WRITING, "throttled by Kubernetes: retried, then done", writes.throttled_by_kubernetes_is_retried,
        instead((NONE,), "not asked", NOT_ASKED, without.no_kubernetes_call_is_made),
    ),
    Behaviour(WRITING, "a full place takes no more, removals go on", writes.a_full_place_takes_no_more),
    Behaviour(WRITING, "a new name, without one refusal", nobody_is_refused_while_the_name_changes),
    Behaviour(SWEEPING, "lost events are healed", sweeps.a_lost_event_is_healed),
    Behaviour(SWEEPING, "a group that was put in by hand goes", sweeps.a_group_put_in_by_hand_goes),
    Behaviour(
        SWEEPING, "a username that was changed by hand is put right", sweeps.a_username_changed_by_hand_is_put_right,
        instead(WITH_ROWS, "theirs", THEIRS, sweeps.a_username_changed_by_hand_makes_it_theirs),
    ),
    Behaviour(SWEEPING, "ours that was taken away comes back", sweeps.ours_taken_away_comes_back),
    Behaviour(SWEEPING, "one that is put out of our reach is told of", sweeps.one_put_out_of_reach_is_told_of),
    Behaviour(
        SWEEPING, "an orphaned binding goes", sweeps.an_orphaned_binding_goes,
        instead((NONE,), "none made", NONE_TO_DROP, sweeps.there_is_no_binding),
    ),
    Behaviour(SWEEPING, "what a vanished role left goes", sweeps.what_a_vanished_role_left_goes),
    Behaviour(SWEEPING, "a role made again without an event is healed", sweeps.a_role_made_again_is_healed),
    Behaviour(SWEEPING, "a brake stops a mass removal, its hash lets it pass", sweeps.a_brake_stops_a_mass_removal),
    Behaviour(SWEEPING, "purge leaves nothing of ours", sweeps.purge_leaves_nothing_of_ours),
    Behaviour(REFUSING, "a place that the mode does not read is named", refusals.a_place_that_the_mode_does_not_read),
    Behaviour(REFUSING, "a group with a reserved prefix is refused", refusals.a_reserved_group_is_refused),
    Behaviour(
        REFUSING, "a username without the colon is refused", refusals.a_username_without_a_colon_is_refused,
        instead(WITH_ROWS, "theirs", THEIRS, refusals.a_username_without_a_colon_is_theirs),
    ),
    Behaviour(REFUSING, "a role that is gone is waited for, then left", refusals.a_role_that_is_gone_is_waited_for),
    Behaviour(REFUSING, "a tag key in another case grants nothing", refusals.a_tag_that_differs_only_in_case),
    Behaviour(COMMANDS, "plan says what sweep does", commands.plan_says_what_sweep_does),
    Behaviour(COMMANDS, "replay says, and does with --apply", commands.replay_says_and_does),
    Behaviour(COMMANDS, "explain tells why", commands.explain_tells_why),
    Behaviour(
        COMMANDS, "explain and plan say what an access policy leaves out", commands.explain_says_what_is_left_out,
        instead(WITH_ROWS, "no such thing", NO_POLICY, grants.an_access_policy_is_refused),
    ),
    Behaviour(
        COMMANDS, "history has a record", commands.history_has_a_record,
        instead((NONE,), "not kept", NOT_KEPT, commands.history_has_no_place),
    ),
    Behaviour(
        PLACES, "our row goes once its entry has stood for two minutes", both.our_row_goes_after_two_minutes,
        instead(ONE, "one place", ONE_PLACE, both.one_place_is_read)
        | instead((BY_ROWS,), "the entry", ITS_ENTRY, both.a_sweep_takes_our_entry),
    ),
    Behaviour(
        PLACES, "an event takes such a row, too", both.an_event_takes_the_row_too,
        instead(ONE, "one place", ONE_PLACE, both.one_place_is_read)
        | instead((BY_ROWS,), "the entry", ITS_ENTRY, both.our_entry_goes_in_the_next_run),
    ),
    Behaviour(
        PLACES, "revoking removes row and entry", both.revoking_removes_both,
        instead(ONE, "one place", ONE_PLACE, both.one_place_is_read),
    ),
    Behaviour(
        PLACES, "a narrower tag narrows row and entry", both.a_narrower_tag_narrows_both,
        instead(ONE, "one place", ONE_PLACE, both.one_place_is_read),
    ),
    Behaviour(
        PLACES, "a row of theirs beside an entry of ours is a conflict", both.a_row_of_theirs_is_a_conflict,
        instead(ONE, "one place", ONE_PLACE, both.one_place_is_read),
    ),
    Behaviour(
        PLACES, "the function works without reaching the API server", without.no_kubernetes_call_is_made,
        instead(WITH_KUBERNETES, "asked", ASKED, without.kubernetes_is_asked),
    ),
)  # fmt: skip
