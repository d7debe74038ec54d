"""The table `people` as the demo's product keeps it. All times in it are naive UTC."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, String, Table, false, text
from sqlalchemy.dialects import mysql


def people_table() -> Table:
    # MySQL's plain DATETIME would drop the fractions of a second.
    moment = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    return Table(
        "people",
        MetaData(),
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("first_name", String(150), nullable=False),
        Column("last_name", String(150), nullable=False),
        Column("email", String(254), nullable=False, unique=True),
        Column("phone", String(40)),
        Column("phone_changed_at", moment),
        Column("role", String(40), nullable=False),
        Column("active", Boolean, nullable=False),
        Column("password_hash", String(255)),
        Column("password_changed_at", moment),
        Column("temporary_password_hash", String(255)),
        Column("temporary_password_expires_at", moment),
        Column("temporary_password_used_at", moment),
        Column("must_change_password", Boolean, nullable=False, server_default=false()),
        Column("session_version", Integer, nullable=False, server_default=text("1")),
        Column("last_sign_in_at", moment),
        Column("failed_sign_ins", Integer, nullable=False, server_default=text("0")),
        Column("locked_until", moment),
        Column("created_at", moment, nullable=False),
        Column("updated_at", moment, nullable=False),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
        mariadb_charset="utf8mb4",
        mariadb_engine="InnoDB",
    )
