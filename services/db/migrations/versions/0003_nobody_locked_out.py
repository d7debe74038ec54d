"""nobody locked out: replacing, calling, correcting, asking, undoing; what the carrier is trusted with

Revision ID: 0003
Revises: 0002
"""
from alembic import op
import sqlalchemy as sa


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('locksmith_stopped',
    sa.Column('number', sa.String(length=80), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_locksmith_stopped'))
    )
    op.create_table('locksmith_circuit',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cause', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_locksmith_circuit'))
    )
    op.create_table('locksmith_counter',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_locksmith_counter'))
    )
    with op.batch_alter_table('locksmith_request', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stuck', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('replaces', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('replaced_by', sa.String(length=16), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('closing', sa.String(length=10), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('channel', sa.String(length=8), nullable=False, server_default='text'))
        batch_op.add_column(sa.Column('read_out_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('post_tries', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('held', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('correction', sa.String(length=10), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('correction_id', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('asked', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('said_in_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('ended_by', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('unresolved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('resolved_by', sa.String(length=200), nullable=False, server_default=''))
    with op.batch_alter_table('locksmith_draft', schema=None) as batch_op:
        batch_op.add_column(sa.Column('replaces', sa.String(length=32), nullable=False, server_default=''))
    with op.batch_alter_table('locksmith_switch', schema=None) as batch_op:
        batch_op.add_column(sa.Column('until', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    with op.batch_alter_table('locksmith_switch', schema=None) as batch_op:
        batch_op.drop_column('until')
    with op.batch_alter_table('locksmith_request', schema=None) as batch_op:
        for name in ('held', 'stuck', 'replaces', 'channel', 'read_out_at', 'post_tries', 'correction', 'correction_id', 'asked',
                     'said_in_at', 'ended_by', 'unresolved_at', 'resolved_at', 'resolved_by',
                     'replaced_by', 'closing'):
            batch_op.drop_column(name)
    with op.batch_alter_table('locksmith_draft', schema=None) as batch_op:
        batch_op.drop_column('replaces')
    op.drop_table('locksmith_counter')
    op.drop_table('locksmith_circuit')
    op.drop_table('locksmith_stopped')
