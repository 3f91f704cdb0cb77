"""Every published table by name."""

from collections.abc import Mapping

from classic.evaluate.incremental_tables import IncrementalTable
from classic.evaluate.label_tables import LabelTable
from classic.evaluate.off_policy_tables import OffPolicyTable
from classic.evaluate.rerank_tables import RerankTable
from classic.evaluate.stage_tables import StagesTable
from classic.evaluate.table_cold import COLD
from classic.evaluate.table_collm import COLLM
from classic.evaluate.table_ctr import CTR
from classic.evaluate.table_incremental import INCREMENTAL
from classic.evaluate.table_off_policy import OFF_POLICY
from classic.evaluate.table_rerank import RERANK
from classic.evaluate.table_stages import STAGES
from classic.evaluate.table_t1 import T1
from classic.evaluate.table_t3 import T3
from classic.evaluate.table_t4 import T4
from classic.evaluate.table_t5 import T5
from classic.evaluate.table_tasks import TASKS
from classic.evaluate.table_text import TEXT
from classic.evaluate.tables import Table
from classic.evaluate.task_tables import TaskTable

AnyTable = (
    Table | LabelTable | TaskTable | StagesTable | RerankTable | IncrementalTable | OffPolicyTable
)
TABLES: Mapping[str, AnyTable] = {
    "t1": T1,
    "t3": T3,
    "t4": T4,
    "t5": T5,
    **COLD,
    **CTR,
    "ctr-collm": COLLM,
    **TEXT,
    **TASKS,
    **STAGES,
    **RERANK,
    **OFF_POLICY,
    **INCREMENTAL,
}
