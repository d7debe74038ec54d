"""search: whole words have an index of their own on PostgreSQL; whether something is left of whoever is gone is remembered

Revision ID: 0006
Revises: 0005
"""
from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

NAME = 'gin_locksmith_search_whole'


def upgrade():
    if op.get_bind().dialect.name == 'postgresql':
        # Forty words that may have been meant with forty others: as arrays that is one look each, as a tsquery a walk through
        # all eighty for every row of either. First, because it takes longest, and the next step keeps readers waiting.
        op.execute(
            f"CREATE INDEX {NAME} ON locksmith_search USING gin (string_to_array(btrim(doc), ' '))"
            " WITH (gin_pending_list_limit = 512)"
        )
    # True: of a process that died before this nobody knows.
    op.add_column('locksmith_search_state', sa.Column('left_over', sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade():
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(f'DROP INDEX {NAME}')
    op.drop_column('locksmith_search_state', 'left_over')
