"""search at scale: words, stretches of the directory, full-text indexes of each database's own kind

Revision ID: 0004
Revises: 0003
"""
from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

# Whole words and their beginnings with what every server has; every part of a word where the extension is there or may be
# made (it may lie in a schema that is not searched).
POSTGRESQL = """
DO $$
DECLARE
    place text;
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'no pg_trgm here';
    END;
    CREATE INDEX gin_locksmith_search_words ON locksmith_search
        USING gin (array_to_tsvector(string_to_array(btrim(doc), ' ')));
    SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
    IF place IS NOT NULL THEN
        EXECUTE format('CREATE INDEX gin_locksmith_search_doc ON locksmith_search USING gin (doc %I.gin_trgm_ops) WITH (gin_pending_list_limit = 512)', place);
    END IF;
END
$$
"""
# External content: what is searched is in the table alone. The triggers keep all in step, whoever writes.
# One has every part of a word, the other whole words and their beginnings.
PARTS, WORDS = 'fts_locksmith_search', 'fts_locksmith_search_words'
ADD = ' '.join(f'INSERT INTO {name} (rowid, doc) VALUES (new.id, new.doc);' for name in (PARTS, WORDS))
TAKE = ' '.join(f"INSERT INTO {name} ({name}, rowid, doc) VALUES ('delete', old.id, old.doc);" for name in (PARTS, WORDS))
FTS = (
    f"CREATE VIRTUAL TABLE {PARTS} USING fts5(doc, content='locksmith_search', content_rowid='id', tokenize='trigram')",
    f"CREATE VIRTUAL TABLE {WORDS} USING fts5(doc, content='locksmith_search', content_rowid='id',"
    " tokenize='unicode61 remove_diacritics 0')",
    f'CREATE TRIGGER locksmith_search_insert AFTER INSERT ON locksmith_search BEGIN {ADD} END',
    f'CREATE TRIGGER locksmith_search_delete AFTER DELETE ON locksmith_search BEGIN {TAKE} END',
    f'CREATE TRIGGER locksmith_search_update AFTER UPDATE OF id, doc ON locksmith_search BEGIN {TAKE} {ADD} END',
    *(f"INSERT INTO {name} ({name}) VALUES ('rebuild')" for name in (PARTS, WORDS)),
)
KEPT = 'person_key, first, last, name, email, doc, active, contact, contact_changed_at'


def plain(length):
    return sa.String(length=length).with_variant(sa.String(length=length, collation='C'), 'postgresql')


def upgrade():
    # When somebody's number or e-mail changed is known nowhere else: the rows are kept, the next sync makes them whole.
    op.execute(f'CREATE TABLE locksmith_search_before AS SELECT {KEPT} FROM locksmith_search')
    op.drop_table('locksmith_search')
    op.create_table('locksmith_search',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('person_key', plain(200), nullable=False),
    sa.Column('stretch', sa.Integer(), nullable=False),
    sa.Column('first', plain(200), nullable=False),
    sa.Column('last', plain(200), nullable=False),
    sa.Column('name', plain(400), nullable=False),
    sa.Column('email', plain(400), nullable=False),
    sa.Column('mailbox', plain(400), nullable=False),
    sa.Column('mailbox_back', plain(400), nullable=False),
    sa.Column('contact', sa.String(length=80), nullable=False),
    sa.Column('contact_changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('doc', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_search')),
    sa.UniqueConstraint('person_key', name=op.f('uq_locksmith_search_person_key'))
    )
    op.execute(
        f"INSERT INTO locksmith_search (id, stretch, mailbox, mailbox_back, {KEPT})"
        f" SELECT row_number() OVER (ORDER BY person_key), 0, '', '', {KEPT} FROM locksmith_search_before"
    )
    op.drop_table('locksmith_search_before')
    with op.batch_alter_table('locksmith_search', schema=None) as batch_op:
        batch_op.create_index('ix_locksmith_search_order', ['last', 'first', 'person_key'], unique=False)
        batch_op.create_index('ix_locksmith_search_name', ['name'], unique=False)
        batch_op.create_index('ix_locksmith_search_mailbox', ['mailbox'], unique=False)
        batch_op.create_index('ix_locksmith_search_mailbox_back', ['mailbox_back'], unique=False)
        batch_op.create_index('ix_locksmith_search_stretch', ['stretch'], unique=False)
    op.create_table('locksmith_search_word',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('word', plain(200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_search_word')),
    sa.UniqueConstraint('word', name=op.f('uq_locksmith_search_word_word'))
    )
    op.create_table('locksmith_search_stretch',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('place', sa.Double(), nullable=False),
    sa.Column('upto', sa.String(length=200), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('checksum', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_search_stretch'))
    )
    with op.batch_alter_table('locksmith_search_stretch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_search_stretch_place'), ['place'], unique=False)
    op.create_table('locksmith_search_state',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('filled', sa.Boolean(), nullable=False),
    sa.Column('whole_from', sa.Integer(), nullable=False),
    sa.Column('in_step_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('learnt', sa.Integer(), nullable=False),
    sa.Column('forgotten', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_locksmith_search_state'))
    )
    op.execute("INSERT INTO locksmith_search_state (id, filled, whole_from, learnt, forgotten) VALUES (1, false, 1, 0, 0)")
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(POSTGRESQL)
    else:
        for statement in FTS:
            op.execute(statement)


def downgrade():
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(f'DROP TABLE {PARTS}')
        op.execute(f'DROP TABLE {WORDS}')
    op.drop_table('locksmith_search_state')
    op.drop_table('locksmith_search_stretch')
    op.drop_table('locksmith_search_word')
    op.execute(f'CREATE TABLE locksmith_search_after AS SELECT {KEPT} FROM locksmith_search')
    op.drop_table('locksmith_search')
    op.create_table('locksmith_search',
    sa.Column('person_key', sa.String(length=200), nullable=False),
    sa.Column('first', sa.String(length=200), nullable=False),
    sa.Column('last', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('email', sa.String(length=400), nullable=False),
    sa.Column('doc', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('contact', sa.String(length=80), nullable=False, server_default=''),
    sa.Column('contact_changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('person_key', name=op.f('pk_locksmith_search'))
    )
    op.execute(f'INSERT INTO locksmith_search ({KEPT}) SELECT {KEPT} FROM locksmith_search_after')
    op.drop_table('locksmith_search_after')
    with op.batch_alter_table('locksmith_search', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_locksmith_search_email'), ['email'], unique=False)
        batch_op.create_index('ix_locksmith_search_name', ['name'], unique=False)
        batch_op.create_index('ix_locksmith_search_order', ['last', 'first', 'person_key'], unique=False)
