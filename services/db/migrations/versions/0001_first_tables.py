"""first tables

Revision ID: 0001
Revises: 
"""
from alembic import op
import sqlalchemy as sa


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('locksmith_audit',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('event', sa.String(length=60), nullable=False),
    sa.Column('actor_id', sa.String(length=40), nullable=False),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('workspace', sa.String(length=40), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('person_key', sa.String(length=200), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_locksmith_audit'))
    )
    with op.batch_alter_table('locksmith_audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_audit_person_key'), ['person_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_locksmith_audit_request_id'), ['request_id'], unique=False)

    op.create_table('locksmith_audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_audit_head'))
    )
    op.create_table('locksmith_draft',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('agent_id', sa.String(length=40), nullable=False),
    sa.Column('workspace', sa.String(length=40), nullable=False),
    sa.Column('person_key', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('reply_sealed', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_draft'))
    )
    with op.batch_alter_table('locksmith_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_draft_created_at'), ['created_at'], unique=False)

    op.create_table('locksmith_message',
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('ts', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('request_id', 'kind', name=op.f('pk_locksmith_message'))
    )
    op.create_table('locksmith_outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lane', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('owner', sa.String(length=60), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_outbox'))
    )
    with op.batch_alter_table('locksmith_outbox', schema=None) as batch_op:
        batch_op.create_index('ix_locksmith_outbox_lane_id', ['lane', 'id'], unique=False)
        batch_op.create_index('ix_locksmith_outbox_state_due_at', ['state', 'due_at'], unique=False)
        batch_op.create_index('uq_locksmith_outbox_ready', ['lane', 'kind'], unique=True, sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))

    op.create_table('locksmith_request',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('person_key', sa.String(length=200), nullable=False),
    sa.Column('person_name', sa.String(length=400), nullable=False),
    sa.Column('person_email', sa.String(length=400), nullable=False),
    sa.Column('person_role', sa.String(length=100), nullable=False),
    sa.Column('phone_tail', sa.String(length=8), nullable=False),
    sa.Column('fingerprint', sa.String(length=80), nullable=False),
    sa.Column('agent_id', sa.String(length=40), nullable=False),
    sa.Column('workspace', sa.String(length=40), nullable=False),
    sa.Column('agent_name', sa.String(length=200), nullable=False),
    sa.Column('agent_zone', sa.String(length=60), nullable=False),
    sa.Column('reason_text', sa.String(length=200), nullable=False),
    sa.Column('compromised', sa.Boolean(), nullable=False),
    sa.Column('check_text', sa.String(length=200), nullable=False),
    sa.Column('ticket', sa.String(length=60), nullable=False),
    sa.Column('ticket_url', sa.String(length=500), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('send_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('close_intended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sending_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('beside', sa.Boolean(), nullable=False),
    sa.Column('base_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('new_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('message_id', sa.String(length=64), nullable=False),
    sa.Column('carrier_status', sa.String(length=20), nullable=False),
    sa.Column('carrier_code', sa.String(length=20), nullable=False),
    sa.Column('cause', sa.String(length=40), nullable=False),
    sa.Column('blanked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('put_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('alarmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trace', sa.String(length=20), nullable=False),
    sa.Column('modal_id', sa.String(length=60), nullable=False),
    sa.Column('modal_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('origin_channel', sa.String(length=40), nullable=False),
    sa.Column('reply_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reply_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply_uses', sa.Integer(), nullable=False),
    sa.Column('lease_owner', sa.String(length=60), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('look_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_request')),
    sa.UniqueConstraint('reference', name=op.f('uq_locksmith_request_reference'))
    )
    with op.batch_alter_table('locksmith_request', schema=None) as batch_op:
        batch_op.create_index('ix_locksmith_request_agent_id_created_at', ['agent_id', 'created_at'], unique=False)
        batch_op.create_index('ix_locksmith_request_look_at', ['look_at'], unique=False)
        batch_op.create_index('ix_locksmith_request_reply_until', ['reply_until'], unique=False)
        batch_op.create_index('ix_locksmith_request_person_key_created_at', ['person_key', 'created_at'], unique=False)
        batch_op.create_index('ix_locksmith_request_state', ['state'], unique=False)
        batch_op.create_index('uq_locksmith_request_live_person', ['person_key'], unique=True, sqlite_where=sa.text("state IN ('accepted', 'approved', 'awaiting_approval', 'delivered', 'sending', 'sent', 'unknown', 'used')"), postgresql_where=sa.text("state IN ('accepted', 'approved', 'awaiting_approval', 'delivered', 'sending', 'sent', 'unknown', 'used')"))

    op.create_table('locksmith_search',
    sa.Column('person_key', sa.String(length=200), nullable=False),
    sa.Column('first', sa.String(length=200), nullable=False),
    sa.Column('last', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('email', sa.String(length=400), nullable=False),
    sa.Column('doc', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('person_key', name=op.f('pk_locksmith_search'))
    )
    with op.batch_alter_table('locksmith_search', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_search_email'), ['email'], unique=False)
        batch_op.create_index('ix_locksmith_search_name', ['name'], unique=False)
        batch_op.create_index('ix_locksmith_search_order', ['last', 'first', 'person_key'], unique=False)

    op.create_table('locksmith_lease',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('owner', sa.String(length=60), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_locksmith_lease'))
    )
    op.create_table('locksmith_seen',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_locksmith_seen'))
    )
    with op.batch_alter_table('locksmith_seen', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_seen_at'), ['at'], unique=False)

    # The audit chain's end: one row from the start, so that appending is always an update.
    op.execute("INSERT INTO locksmith_audit_head (id, seq, digest, mac) VALUES (1, 0, '', '')")


def downgrade():
    op.drop_table('locksmith_seen')
    op.drop_table('locksmith_lease')
    with op.batch_alter_table('locksmith_search', schema=None) as batch_op:
        batch_op.drop_index('ix_locksmith_search_order')
        batch_op.drop_index('ix_locksmith_search_name')
        batch_op.drop_index(batch_op.f('ix_locksmith_search_email'))

    op.drop_table('locksmith_search')
    with op.batch_alter_table('locksmith_request', schema=None) as batch_op:
        batch_op.drop_index('uq_locksmith_request_live_person', sqlite_where=sa.text("state IN ('accepted', 'approved', 'awaiting_approval', 'delivered', 'sending', 'sent', 'unknown', 'used')"), postgresql_where=sa.text("state IN ('accepted', 'approved', 'awaiting_approval', 'delivered', 'sending', 'sent', 'unknown', 'used')"))
        batch_op.drop_index('ix_locksmith_request_state')
        batch_op.drop_index('ix_locksmith_request_person_key_created_at')
        batch_op.drop_index('ix_locksmith_request_look_at')
        batch_op.drop_index('ix_locksmith_request_agent_id_created_at')

    op.drop_table('locksmith_request')
    with op.batch_alter_table('locksmith_outbox', schema=None) as batch_op:
        batch_op.drop_index('uq_locksmith_outbox_ready', sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))
        batch_op.drop_index('ix_locksmith_outbox_state_due_at')

    op.drop_table('locksmith_outbox')
    op.drop_table('locksmith_message')
    with op.batch_alter_table('locksmith_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_locksmith_draft_created_at'))

    op.drop_table('locksmith_draft')
    op.drop_table('locksmith_audit_head')
    with op.batch_alter_table('locksmith_audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_locksmith_audit_request_id'))
        batch_op.drop_index(batch_op.f('ix_locksmith_audit_person_key'))

    op.drop_table('locksmith_audit')
