"""The tables of a catalog."""

SCHEMA_VERSION = 2

# `if not exists`, because a catalog of version 1 has some of them, which are kept.
TABLES = """
create table if not exists meta (key text primary key, value text not null);
create table if not exists files (
    path text primary key, size integer not null, mtime_ns integer not null, sha256 text not null,
    skipped text  -- why the file is no article; null when it is one
);
create table if not exists articles (
    key integer primary key autoincrement, id text not null unique,
    file text not null references files (path) on update cascade,
    title text not null, published text, publisher text, url text,
    sources text not null,  -- JSON: where each of these was read
    text text not null, sha256 text not null, signature blob not null,
    original integer  -- the article that this one nearly repeats, by key; null when it repeats none
);
create index if not exists articles_by_file on articles (file);
create index if not exists articles_by_original on articles (original) where original is not null;
create table if not exists sentences (
    article integer not null references articles (key) on delete cascade, ordinal integer not null,
    start integer not null, end integer not null,
    primary key (article, ordinal)
) without rowid;
create table if not exists vectors (id text not null unique, embedding blob not null);  -- read whole, in file order
create table if not exists passages (
    id integer primary key, article integer not null references articles (key) on delete cascade,
    first integer not null, last integer not null, start integer not null, end integer not null,
    vector text not null references vectors (id),
    repeated integer not null default 0  -- 1 when the original says all of it
);
create index if not exists passages_by_article on passages (article);
create index if not exists passages_by_vector on passages (vector);
create virtual table if not exists passages_fts
    using fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
create virtual table if not exists articles_fts
    using fts5 (title, text, content = articles, content_rowid = key,
                tokenize = 'porter unicode61 remove_diacritics 2');
create trigger if not exists articles_added after insert on articles begin
    insert into articles_fts (rowid, title, text) values (new.key, new.title, new.text);
end;
create trigger if not exists articles_removed after delete on articles begin
    insert into articles_fts (articles_fts, rowid, title, text) values ('delete', old.key, old.title, old.text);
end;
create trigger if not exists articles_changed after update of title, text on articles begin
    insert into articles_fts (articles_fts, rowid, title, text) values ('delete', old.key, old.title, old.text);
    insert into articles_fts (rowid, title, text) values (new.key, new.title, new.text);
end;
"""
