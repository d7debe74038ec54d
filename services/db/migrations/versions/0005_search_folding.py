"""search: everybody is folded anew; words keep the marks of their script, and their first letters have an index

Revision ID: 0005
Revises: 0004
"""
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

WORDS = 'fts_locksmith_search_words'
BEFORE = "tokenize='unicode61 remove_diacritics 0'"
# A vowel sign is a part of its word (category M). The beginnings of one and two letters are many words each: without an index
# of their own all of these are put together for every question.
NOW = """prefix='1 2', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'\""""


def words(options):
    """The triggers of 0004 find it again by its name."""
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(f'DROP TABLE {WORDS}')
        op.execute(f"CREATE VIRTUAL TABLE {WORDS} USING fts5(doc, content='locksmith_search', content_rowid='id', {options})")
        op.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('rebuild')")


def begin_anew():
    """As `Index.rebuild` does: until the next round of the sync has read everybody, people are found by what was folded before.
    Where nobody was read yet there is nothing to do."""
    op.execute(
        'UPDATE locksmith_search_state SET filled = false, whole_from = 1 + (SELECT max(number) FROM'
        ' (SELECT max(id) AS number FROM locksmith_search_stretch UNION ALL SELECT whole_from FROM locksmith_search_state) AS numbers)'
        ' WHERE EXISTS (SELECT 1 FROM locksmith_search_stretch)'
    )
    op.execute('DELETE FROM locksmith_search_stretch')


def upgrade():
    words(NOW)
    begin_anew()


def downgrade():
    words(BEFORE)
    begin_anew()
