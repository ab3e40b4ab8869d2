"""The catalogue views that queries may name, with the types of their columns.

The views themselves are the runtime's (``09*.sql``, ``100_information_schema.sql``); this
table tells the compiler what comes out of them. A ``?`` marks a column that may be NULL.
"""

from __future__ import annotations

import re

from ..types import DEFAULT_COLLATION, MAX, SYSNAME, SqlType
from . import tree
from .names import quote

Columns = list[tuple[str, SqlType, bool]]

_OBJECT = """
    name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int,
    type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime,
    is_ms_shipped bit?, is_published bit?, is_schema_published bit?
"""

_VIEWS = {
    "sys.all_columns": """
    object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int,
    max_length smallint, precision tinyint?, scale tinyint?, collation_name sysname?,
    is_nullable bit?, is_ansi_padded bit?, is_rowguidcol bit?, is_identity bit?, is_computed
    bit?, is_filestream bit?, is_replicated bit?, is_non_sql_subscribed bit?,
    is_merge_published bit?, is_dts_replicated bit?, is_xml_document bit?, xml_collection_id
    int?, default_object_id int?, rule_object_id int?, is_sparse bit?, is_column_set bit?,
    generated_always_type tinyint?, generated_always_type_desc nvarchar(60)?, is_hidden
    bit?, is_masked bit?
    """,
    "sys.all_objects": _OBJECT,
    "sys.all_parameters": """
    object_id int, name sysname, parameter_id int, system_type_id tinyint, user_type_id int,
    max_length smallint, precision tinyint?, scale tinyint?, is_output bit?, is_cursor_ref
    bit?, has_default_value bit?, is_xml_document bit?, default_value nvarchar(max)?,
    xml_collection_id int?, is_readonly bit?, is_nullable bit?
    """,
    "sys.all_sql_modules": """
    object_id int, definition nvarchar(max)?, uses_ansi_nulls bit?, uses_quoted_identifier
    bit?, is_schema_bound bit?, uses_database_collation bit?, is_recompiled bit?,
    null_on_null_input bit?, execute_as_principal_id int?, uses_native_compilation bit?,
    is_inlineable bit?
    """,
    "sys.all_views": _OBJECT,
    "sys.check_constraints": _OBJECT
    + """,
    is_disabled bit?, is_not_for_replication bit?, is_not_trusted bit?, parent_column_id
    int?, definition nvarchar(max)?, uses_database_collation bit?, is_system_named bit?
    """,
    "sys.columns": """
    object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int,
    max_length smallint, precision tinyint?, scale tinyint?, collation_name sysname?,
    is_nullable bit?, is_ansi_padded bit?, is_rowguidcol bit?, is_identity bit?, is_computed
    bit?, is_filestream bit?, is_replicated bit?, is_non_sql_subscribed bit?,
    is_merge_published bit?, is_dts_replicated bit?, is_xml_document bit?, xml_collection_id
    int?, default_object_id int?, rule_object_id int?, is_sparse bit?, is_column_set bit?,
    generated_always_type tinyint?, generated_always_type_desc nvarchar(60)?, is_hidden
    bit?, is_masked bit?
    """,
    "sys.computed_columns": """
    object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int,
    max_length smallint, precision tinyint?, scale tinyint?, collation_name sysname?,
    is_nullable bit?, definition nvarchar(max)?, uses_database_collation bit?, is_persisted
    bit?, is_computed bit?
    """,
    "sys.database_permissions": """
    class int?, class_desc nvarchar(60)?, major_id int?, minor_id int?, grantee_principal_id
    int, grantor_principal_id int?, type char(4)?, permission_name sysname, state char(1)?,
    state_desc nvarchar(60)?
    """,
    "sys.database_principals": """
    name sysname, principal_id int?, type char(1)?, type_desc nvarchar(60)?,
    default_schema_name sysname?, create_date datetime, modify_date datetime,
    owning_principal_id int?, sid varbinary(85)?, is_fixed_role bit?, authentication_type
    int?, authentication_type_desc nvarchar(60)?, default_language_name sysname?,
    default_language_lcid int?, allow_encrypted_value_modifications bit?
    """,
    "sys.database_role_members": """
    role_principal_id int, member_principal_id int
    """,
    "sys.databases": """
    name sysname, database_id int, source_database_id int?, owner_sid varbinary(85)?,
    create_date datetime, compatibility_level tinyint?, collation_name sysname?, user_access
    tinyint?, user_access_desc nvarchar(60)?, is_read_only bit?, is_auto_close_on bit?,
    is_auto_shrink_on bit?, state tinyint?, state_desc nvarchar(60)?, is_in_standby bit?,
    snapshot_isolation_state tinyint?, snapshot_isolation_state_desc nvarchar(60)?,
    is_read_committed_snapshot_on bit?, recovery_model tinyint?, recovery_model_desc
    nvarchar(60)?, is_ansi_nulls_on bit?, is_quoted_identifier_on bit?, is_trustworthy_on
    bit?, is_broker_enabled bit?, is_encrypted bit?, is_accelerated_database_recovery_on
    bit?
    """,
    "sys.default_constraints": _OBJECT
    + """,
    parent_column_id int?, definition nvarchar(max)?, is_system_named bit?
    """,
    "sys.dm_db_partition_stats": """
    partition_id bigint?, object_id int, index_id int, partition_number int?,
    in_row_data_page_count bigint?, in_row_used_page_count bigint?,
    in_row_reserved_page_count bigint?, lob_used_page_count bigint?, lob_reserved_page_count
    bigint?, row_overflow_used_page_count bigint?, row_overflow_reserved_page_count bigint?,
    used_page_count bigint?, reserved_page_count bigint?, row_count bigint
    """,
    "sys.dm_exec_procedure_stats": """
    database_id int?, object_id int, type char(2)?, type_desc nvarchar(60)?, cached_time
    datetime?, last_execution_time datetime?, execution_count bigint?, total_worker_time
    bigint?, last_worker_time bigint?, min_worker_time bigint?, max_worker_time bigint?,
    total_physical_reads bigint?, total_logical_writes bigint?, total_logical_reads bigint?,
    total_elapsed_time bigint?, last_elapsed_time bigint?, min_elapsed_time bigint?,
    max_elapsed_time bigint?
    """,
    "sys.dm_exec_sessions": """
    session_id smallint, login_time datetime?, host_name sysname?, program_name sysname?,
    host_process_id int?, client_version int?, client_interface_name sysname?, security_id
    varbinary(85)?, login_name sysname?, status sysname?, cpu_time int?, memory_usage int?,
    language sysname?, date_format sysname?, date_first smallint?,
    transaction_isolation_level smallint?, lock_timeout int?, deadlock_priority int?,
    is_user_process bit?, original_login_name sysname?, database_id smallint?,
    open_transaction_count int?
    """,
    "sys.dm_exec_requests": """
    session_id smallint, request_id int, start_time datetime?, status nvarchar(30)?,
    command nvarchar(32)?, database_id smallint?, blocking_session_id smallint?,
    wait_type nvarchar(60)?, wait_time int, last_wait_type nvarchar(60)?,
    wait_resource nvarchar(256)?, open_transaction_count int, total_elapsed_time int
    """,
    "sys.dm_os_waiting_tasks": """
    session_id smallint?, exec_context_id int?, wait_duration_ms bigint?, wait_type nvarchar(60)?,
    blocking_session_id smallint?, resource_description nvarchar(3072)?
    """,
    "sys.system_views": _OBJECT,
    "sys.extended_properties": """
    class tinyint?, class_desc nvarchar(60)?, major_id int?, minor_id int?, name sysname,
    value nvarchar(max)?
    """,
    "sys.foreign_key_columns": """
    constraint_object_id int?, constraint_column_id int?, parent_object_id int,
    parent_column_id int?, referenced_object_id int?, referenced_column_id int?
    """,
    "sys.foreign_keys": _OBJECT
    + """,
    referenced_object_id int?, key_index_id int?, is_disabled bit?, is_not_for_replication
    bit?, is_not_trusted bit?, delete_referential_action tinyint?,
    delete_referential_action_desc nvarchar(60)?, update_referential_action tinyint?,
    update_referential_action_desc nvarchar(60)?, is_system_named bit?
    """,
    "sys.identity_columns": """
    object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int,
    max_length smallint, precision tinyint?, scale tinyint?, collation_name sysname?,
    is_nullable bit?, is_identity bit?, seed_value bigint?, increment_value bigint?,
    last_value bigint?, is_not_for_replication bit?
    """,
    "sys.index_columns": """
    object_id int, index_id int, index_column_id int?, column_id int, key_ordinal tinyint?,
    partition_ordinal tinyint?, is_descending_key bit?, is_included_column bit?,
    column_store_order_ordinal tinyint?
    """,
    "sys.indexes": """
    object_id int, name sysname?, index_id int, type int?, type_desc nvarchar(60)?,
    is_unique int?, data_space_id int?, ignore_dup_key int?, is_primary_key int?,
    is_unique_constraint int?, fill_factor int?, is_padded int?, is_disabled int?,
    is_hypothetical int?, is_ignored_in_optimization int?, allow_row_locks int?,
    allow_page_locks int?, has_filter int?, filter_definition nvarchar(max)?, auto_created
    int?, optimize_for_sequential_key int?
    """,
    "sys.key_constraints": _OBJECT
    + """,
    unique_index_id int?, is_system_named bit?, is_enforced bit?
    """,
    "sys.objects": _OBJECT,
    "sys.parameters": """
    object_id int, name sysname?, parameter_id int, system_type_id tinyint, user_type_id
    int, max_length smallint, precision tinyint?, scale tinyint?, is_output bit?,
    is_cursor_ref bit?, has_default_value bit?, is_xml_document bit?, default_value
    nvarchar(max)?, xml_collection_id int?, is_readonly bit?, is_nullable bit?
    """,
    "sys.partitions": """
    partition_id bigint?, object_id int, index_id int, partition_number int?, hobt_id
    bigint?, rows bigint, filestream_filegroup_id smallint?, data_compression tinyint?,
    data_compression_desc nvarchar(60)?
    """,
    "sys.procedures": _OBJECT
    + """,
    is_auto_executed bit?, is_execution_replicated bit?, is_repl_serializable_only bit?,
    skips_repl_constraints bit?
    """,
    "sys.schemas": """
    name sysname, schema_id int, principal_id int?
    """,
    "sys.sequences": _OBJECT
    + """,
    start_value bigint?, increment bigint?, minimum_value bigint?, maximum_value bigint?,
    is_cycling bit?, is_cached bit?, cache_size int?, system_type_id tinyint, user_type_id
    int, precision tinyint?, scale tinyint?, current_value bigint?, is_exhausted bit?
    """,
    "sys.sql_modules": """
    object_id int, definition nvarchar(max)?, uses_ansi_nulls bit?, uses_quoted_identifier
    bit?, is_schema_bound bit?, uses_database_collation bit?, is_recompiled bit?,
    null_on_null_input bit?, execute_as_principal_id int?, uses_native_compilation bit?,
    is_inlineable bit?
    """,
    "sys.synonyms": _OBJECT
    + """,
    base_object_name sysname?
    """,
    "sys.system_objects": _OBJECT,
    "sys.table_types": """
    name sysname, system_type_id tinyint, user_type_id int, schema_id int, principal_id
    int?, max_length int, precision int?, scale int?, collation_name sysname?, is_nullable
    bit?, is_user_defined int?, is_assembly_type int?, default_object_id int?,
    rule_object_id int?, is_table_type bit?, type_table_object_id int?, is_memory_optimized
    bit?
    """,
    "sys.tables": _OBJECT
    + """,
    max_column_id_used int?, lock_on_bulk_load bit?, uses_ansi_nulls bit?, is_replicated
    bit?, has_replication_filter bit?, is_merge_published bit?, has_unchecked_assembly_data
    bit?, text_in_row_limit int?, large_value_types_out_of_row bit?, is_tracked_by_cdc bit?,
    lock_escalation tinyint?, lock_escalation_desc nvarchar(60)?, is_filetable bit?,
    is_memory_optimized bit?, durability tinyint?, durability_desc nvarchar(60)?,
    temporal_type tinyint?, temporal_type_desc nvarchar(60)?, history_table_id int?,
    is_external bit?, is_node bit?, is_edge bit?
    """,
    "sys.triggers": """
    name sysname, object_id int, parent_class tinyint?, parent_class_desc nvarchar(60)?,
    parent_id int?, type char(2)?, type_desc nvarchar(60)?, create_date datetime,
    modify_date datetime, is_ms_shipped bit?, is_disabled bit?, is_not_for_replication bit?,
    is_instead_of_trigger bit?
    """,
    "sys.types": """
    name sysname, system_type_id tinyint, user_type_id int, schema_id int, principal_id
    int?, max_length int, precision int?, scale int?, collation_name sysname?, is_nullable
    bit?, is_user_defined int?, is_assembly_type int?, default_object_id int?,
    rule_object_id int?, is_table_type bit?
    """,
    "sys.views": _OBJECT
    + """,
    is_replicated bit?, has_replication_filter bit?, has_opaque_metadata bit?,
    has_unchecked_assembly_data bit?, with_check_option bit?, is_date_correlation_view bit?
    """,
    "information_schema.check_constraints": """
    constraint_catalog sysname?, constraint_schema sysname?, constraint_name sysname,
    check_clause nvarchar(4000)?
    """,
    "information_schema.columns": """
    table_catalog sysname?, table_schema sysname, table_name sysname, column_name sysname?,
    ordinal_position int, column_default nvarchar(4000)?, is_nullable varchar(20)?,
    data_type sysname?, character_maximum_length int?, character_octet_length int?,
    numeric_precision tinyint?, numeric_precision_radix smallint?, numeric_scale int?,
    datetime_precision smallint?, character_set_catalog sysname?, character_set_schema
    sysname?, character_set_name sysname?, collation_catalog sysname?, collation_schema
    sysname?, collation_name sysname?, domain_catalog sysname?, domain_schema sysname?,
    domain_name varchar(20)?
    """,
    "information_schema.constraint_column_usage": """
    table_catalog sysname?, table_schema sysname, table_name sysname, column_name sysname?,
    constraint_catalog sysname?, constraint_schema sysname?, constraint_name sysname
    """,
    "information_schema.constraint_table_usage": """
    table_catalog sysname?, table_schema sysname, table_name sysname, constraint_catalog
    sysname?, constraint_schema sysname?, constraint_name sysname
    """,
    "information_schema.key_column_usage": """
    constraint_catalog sysname?, constraint_schema sysname?, constraint_name sysname,
    table_catalog sysname?, table_schema sysname, table_name sysname, column_name sysname?,
    ordinal_position int
    """,
    "information_schema.parameters": """
    specific_catalog sysname?, specific_schema sysname?, specific_name sysname,
    ordinal_position int, parameter_mode varchar(20)?, is_result varchar(20)?, as_locator
    varchar(20)?, parameter_name sysname?, data_type sysname?, character_maximum_length
    int?, character_octet_length int?, collation_catalog sysname?, collation_schema
    sysname?, collation_name sysname?, character_set_catalog sysname?, character_set_schema
    sysname?, character_set_name sysname?, numeric_precision tinyint?,
    numeric_precision_radix smallint?, numeric_scale int?, datetime_precision smallint?,
    interval_type varchar(20)?, interval_precision smallint?, user_defined_type_catalog
    sysname?, user_defined_type_schema sysname?, user_defined_type_name varchar(20)?
    """,
    "information_schema.referential_constraints": """
    constraint_catalog sysname?, constraint_schema sysname?, constraint_name sysname,
    unique_constraint_catalog sysname?, unique_constraint_schema sysname?,
    unique_constraint_name varchar(20)?, match_option varchar(20)?, update_rule
    varchar(20)?, delete_rule varchar(20)?
    """,
    "information_schema.routines": """
    specific_catalog sysname?, specific_schema sysname?, specific_name sysname,
    routine_catalog sysname?, routine_schema sysname?, routine_name sysname, routine_type
    varchar(20)?, data_type sysname?, character_maximum_length int?, character_octet_length
    int?, collation_name sysname?, character_set_name sysname?, numeric_precision tinyint?,
    numeric_precision_radix smallint?, numeric_scale smallint?, datetime_precision
    smallint?, routine_body varchar(20)?, routine_definition nvarchar(4000)?, external_name
    varchar(20)?, external_language varchar(20)?, parameter_style varchar(20)?,
    is_deterministic varchar(20)?, sql_data_access varchar(20)?, is_null_call varchar(20)?,
    sql_path varchar(20)?, schema_level_routine varchar(20)?, max_dynamic_result_sets
    smallint?, is_user_defined_cast varchar(20)?, is_implicitly_invocable varchar(20)?,
    created datetime?, last_altered datetime?
    """,
    "information_schema.schemata": """
    catalog_name varchar(20)?, schema_name sysname, schema_owner varchar(20)?,
    default_character_set_catalog sysname?, default_character_set_schema sysname?,
    default_character_set_name varchar(20)?
    """,
    "information_schema.sequences": """
    sequence_catalog sysname?, sequence_schema sysname, sequence_name sysname, data_type sysname,
    numeric_precision tinyint?, numeric_precision_radix smallint?, numeric_scale int?,
    start_value bigint?, minimum_value bigint?, maximum_value bigint?, increment bigint?,
    cycle_option bit?, declared_data_type sysname?, declared_numeric_precision tinyint?,
    declared_numeric_scale int?
    """,
    "information_schema.table_constraints": """
    constraint_catalog sysname?, constraint_schema sysname?, constraint_name sysname,
    table_catalog sysname?, table_schema sysname, table_name sysname, constraint_type
    varchar(20)?, is_deferrable varchar(20)?, initially_deferred varchar(20)?
    """,
    "information_schema.tables": """
    table_catalog sysname?, table_schema sysname, table_name sysname, table_type
    varchar(20)?
    """,
    "information_schema.views": """
    table_catalog sysname?, table_schema sysname, table_name sysname, view_definition
    nvarchar(4000)?, check_option varchar(20)?, is_updatable varchar(20)?
    """,
}

_TYPE = re.compile(r"(?P<name>\w+)(?:\((?P<length>\w+)\))?(?P<null>\?)?")


def _columns(view: str, text: str) -> Columns:
    # Clients read columns by the names that SELECT * shows.
    shown = str.upper if view.startswith("information_schema.") else str
    columns: Columns = []
    for item in text.split(","):
        name, written = item.split()
        match = _TYPE.fullmatch(written)
        assert match is not None, item
        columns.append(
            (shown(name), _type(match["name"], match["length"]), match["null"] is not None)
        )
    return columns


def _type(name: str, length: str | None) -> SqlType:
    if name == "sysname":
        type_ = SYSNAME
    elif length is None:
        return SqlType(name)
    else:
        type_ = SqlType(name, MAX if length == "max" else int(length))
    return type_.with_collation(DEFAULT_COLLATION) if type_.is_string else type_


SYSTEM_VIEWS: dict[str, Columns] = {name: _columns(name, text) for name, text in _VIEWS.items()}
"""``sys.x`` and ``information_schema.x``, lower case: (column, type, may be NULL)."""


def system_view(name: tree.Name) -> tuple[str, Columns] | None:
    """A catalogue view: (relation in PostgreSQL, its columns)."""
    if len(name.parts) < 2:
        return None
    schema = name.parts[-2].lower()
    if schema == "sys":
        key = f"sys.{name.last.lower()}"
        relation = f"sys.{quote(name.last)}"
    elif schema == "information_schema":
        key = f"information_schema.{name.last.lower()}"
        relation = f"tsql_is.{quote(name.last)}"
    else:
        return None
    columns = SYSTEM_VIEWS.get(key)
    if columns is None:
        return None
    return relation, columns
