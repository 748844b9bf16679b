#include "app/core/sqlite.h"

#include "models/scenario/diagnostics.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cmath>
#include <limits>

namespace tantrum::app {

namespace {

constexpr int longestValue = 64 << 20;
constexpr int lockPatience = 5000;

Failure failureOf(int code, const std::string& file, std::string_view detail)
{
    const std::string name = models::scenario::shown(file);
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {fmt::format("{} is locked by another program", name), "wait until it has finished, or use another file with --db"};
    case SQLITE_FULL: return {fmt::format("{} cannot grow: the disk is full", name), "free some space, or use another disk with --db"};
    case SQLITE_NOTADB: return {fmt::format("{} is not a database", name), "give another file with --db"};
    case SQLITE_CORRUPT:
        return {fmt::format("{} is damaged ({})", name, detail), "move it away, or save what can be read with: sqlite3 FILE .recover"};
    case SQLITE_READONLY: return {fmt::format("{} cannot be written: it is read-only", name), "use another file with --db"};
    case SQLITE_CANTOPEN: return {fmt::format("{} cannot be opened", name), "check that the folder exists and that you may write there"};
    case SQLITE_PERM:
    case SQLITE_AUTH: return {fmt::format("{} may not be accessed", name), "check its permissions"};
    case SQLITE_NOMEM: return {fmt::format("not enough memory to read {}", name), ""};
    case SQLITE_TOOBIG: return {fmt::format("{} holds a value that is larger than {} MiB", name, longestValue >> 20), ""};
    case SQLITE_IOERR: return {fmt::format("{} cannot be read or written ({})", name, detail), "check the disk"};
    default: return {fmt::format("{}: {}", name, detail), ""};
    }
}

Failure lastFailure(sqlite3* handle, const std::string& file)
{
    return failureOf(sqlite3_extended_errcode(handle), file, sqlite3_errmsg(handle));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Statement& Statement::bind(int parameter, std::int64_t value)
{
    if (const int code = sqlite3_bind_int64(statement_.get(), parameter, value); code != SQLITE_OK) bindError_ = code;
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view value)
{
    const int code = sqlite3_bind_text64(statement_.get(), parameter, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK) bindError_ = code;
    return *this;
}

Statement& Statement::bind(int parameter, double value)
{
    const int code = std::isnan(value) ? sqlite3_bind_null(statement_.get(), parameter)
                                       : sqlite3_bind_double(statement_.get(), parameter, value);
    if (code != SQLITE_OK) bindError_ = code;
    return *this;
}

Expected<bool> Statement::step()
{
    sqlite3* handle = sqlite3_db_handle(statement_.get());
    if (bindError_ != SQLITE_OK) return failureOf(bindError_, file_, sqlite3_errstr(bindError_));
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_.get());
        return false;
    }
    Failure failure = lastFailure(handle, file_);
    sqlite3_reset(statement_.get());
    return failure;
}

Expected<void> Statement::run()
{
    if (auto stepped = step(); !stepped) return stepped.failure();
    sqlite3_reset(statement_.get());
    return {};
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER ? sqlite3_column_int64(statement_.get(), column) : 0;
}

double Statement::real(int column) const
{
    const int type = sqlite3_column_type(statement_.get(), column);
    return type == SQLITE_FLOAT || type == SQLITE_INTEGER ? sqlite3_column_double(statement_.get(), column)
                                                          : std::numeric_limits<double>::quiet_NaN();
}

std::string Statement::text(int column) const
{
    if (sqlite3_column_type(statement_.get(), column) != SQLITE_TEXT) return {};
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return bytes ? std::string(bytes, static_cast<std::size_t>(size)) : std::string{};
}

Expected<Database> Database::open(const std::string& file, Mode mode)
{
    const int flags = mode == Mode::readOnly    ? SQLITE_OPEN_READONLY
                      : mode == Mode::readWrite ? SQLITE_OPEN_READWRITE
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    // Without SQLITE_OPEN_URI the name is a name, whatever it looks like.
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database{handle, file};
    if (code != SQLITE_OK) return failureOf(code, file, handle ? sqlite3_errmsg(handle) : "no memory");
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, lockPatience);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longestValue);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    for (const int option : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA})
        sqlite3_db_config(handle, option, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    return database;
}

Expected<Statement> Database::prepare(std::string_view sql) const
{
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return lastFailure(handle_.get(), file_);
    return Statement{statement, file_};
}

Expected<void> Database::execute(const std::string& sql) const
{
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return lastFailure(handle_.get(), file_);
    return {};
}

Expected<std::int64_t> Database::integer(std::string_view sql) const
{
    auto statement = prepare(sql);
    if (!statement) return statement.failure();
    auto row = statement->step();
    if (!row) return row.failure();
    return *row ? statement->integer(0) : 0;
}

std::int64_t Database::lastInsertedId() const { return sqlite3_last_insert_rowid(handle_.get()); }

bool Database::readOnly() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }

void Database::waitForLocks(int milliseconds) const { sqlite3_busy_timeout(handle_.get(), milliseconds); }

Expected<Transaction> Transaction::begin(const Database& database)
{
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.failure();
    return Transaction{database};
}

Transaction::~Transaction()
{
    if (database_) (void)database_->execute("ROLLBACK");
}

Expected<void> Transaction::commit()
{
    if (auto committed = database_->execute("COMMIT"); !committed) return committed;
    database_ = nullptr;
    return {};
}

}  // namespace tantrum::app
