// The little of SQLite that the results store needs, with errors as values and distrust of the file.
#pragma once

#include "app/core/expected.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tantrum::app {

/// One prepared statement. Its Database has to outlive it. Columns and parameters count from 0 and 1, as in SQLite.
class Statement {
public:
    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::uint64_t value) = delete;  ///< does not fit: store it as text
    Statement& bind(int parameter, std::string_view value);
    /// NaN becomes NULL.
    Statement& bind(int parameter, double value);

    /// True: a row is there to be read. False: done; the statement is reset and its bindings stay.
    Expected<bool> step();
    /// For statements without rows.
    Expected<void> run();

    /// A column of another type, or out of range, reads as 0, NaN or "": a hostile file may hold anything anywhere.
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement(sqlite3_stmt* statement, std::string file) : statement_(statement), file_(std::move(file)) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    std::string file_;
    int bindError_ = 0;
};

class Database {
public:
    enum class Mode : unsigned char { readWriteCreate, readWrite, readOnly };
    /// Opens without looking inside. Strings of over 64 MiB, triggers and views of the file are refused.
    static Expected<Database> open(const std::string& file, Mode mode);

    Expected<Statement> prepare(std::string_view sql) const;
    /// One or more statements without rows.
    Expected<void> execute(const std::string& sql) const;
    /// The first column of the first row, as an integer.
    Expected<std::int64_t> integer(std::string_view sql) const;
    std::int64_t lastInsertedId() const;
    const std::string& file() const { return file_; }
    bool readOnly() const;
    /// How long a statement waits for another program's lock before it fails.
    void waitForLocks(int milliseconds) const;

private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}
    std::unique_ptr<sqlite3, Close> handle_;
    std::string file_;
};

/// Rolls back unless committed.
class Transaction {
public:
    /// Takes the write lock at once, so that nothing fails half way for want of it.
    static Expected<Transaction> begin(const Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    ~Transaction();
    Expected<void> commit();

private:
    explicit Transaction(const Database& database) : database_(&database) {}
    const Database* database_;
};

}  // namespace tantrum::app
