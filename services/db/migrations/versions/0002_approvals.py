"""approvals

Revision ID: 0002
Revises: 0001
"""
from alembic import op
import sqlalchemy as sa


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('locksmith_remark',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('author_id', sa.String(length=40), nullable=False),
    sa.Column('author_name', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_remark'))
    )
    with op.batch_alter_table('locksmith_remark', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_remark_request_id'), ['request_id'], unique=False)

    op.create_table('locksmith_switch',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_locksmith_switch'))
    )
    op.create_table('locksmith_vote',
    sa.Column('request_id', sa.String(length=32), nullable=False),
    sa.Column('manager_id', sa.String(length=40), nullable=False),
    sa.Column('manager_name', sa.String(length=200), nullable=False),
    sa.Column('approve', sa.Boolean(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('request_id', 'manager_id', name=op.f('pk_locksmith_vote'))
    )
    with op.batch_alter_table('locksmith_outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subject', sa.String(length=60), nullable=False, server_default=''))
        batch_op.drop_index(batch_op.f('uq_locksmith_outbox_ready'), sqlite_where=sa.text("state = 'ready'"))
        batch_op.create_index('uq_locksmith_outbox_ready', ['lane', 'kind', 'subject'], unique=True, sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))

    with op.batch_alter_table('locksmith_request', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agent_groups', sa.Text(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('agent_email', sa.String(length=400), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('checked', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('approvals_needed', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('approvals', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('facts', sa.Text(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('decide_by', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('remind_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('decided_by', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('decided_why', sa.Text(), nullable=False, server_default=''))

    with op.batch_alter_table('locksmith_search', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contact', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('contact_changed_at', sa.DateTime(timezone=True), nullable=True))



def downgrade():
    with op.batch_alter_table('locksmith_search', schema=None) as batch_op:
        batch_op.drop_column('contact_changed_at')
        batch_op.drop_column('contact')

    with op.batch_alter_table('locksmith_request', schema=None) as batch_op:
        batch_op.drop_column('decided_why')
        batch_op.drop_column('decided_by')
        batch_op.drop_column('remind_at')
        batch_op.drop_column('decide_by')
        batch_op.drop_column('facts')
        batch_op.drop_column('approvals')
        batch_op.drop_column('approvals_needed')
        batch_op.drop_column('checked')
        batch_op.drop_column('agent_email')
        batch_op.drop_column('agent_groups')

    with op.batch_alter_table('locksmith_outbox', schema=None) as batch_op:
        batch_op.drop_index('uq_locksmith_outbox_ready', sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))
        batch_op.create_index(batch_op.f('uq_locksmith_outbox_ready'), ['lane', 'kind'], unique=True, sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))
        batch_op.drop_column('subject')

    op.drop_table('locksmith_vote')
    op.drop_table('locksmith_switch')
    with op.batch_alter_table('locksmith_remark', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_locksmith_remark_request_id'))

    op.drop_table('locksmith_remark')
