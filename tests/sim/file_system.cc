// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/file_system.h"

#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "base/ensure.h"

namespace ringfence::sim {
namespace {

constexpr double kMicrosecondsPerDay = 86'400e6;
constexpr double kUnixEpochInJulianDays = 2'440'587.5;

// SQLite makes the room for it and knows its head only.
struct OpenFile : sqlite3_file {
  Disk* disk;
  std::string* name;
  bool new_log;  // its next sync is the folder's, too
};

OpenFile& file_of(sqlite3_file* file) { return *static_cast<OpenFile*>(file); }
FileSystem& system_of(sqlite3_vfs* vfs) { return *static_cast<FileSystem*>(vfs->pAppData); }

int code_of(Outcome outcome, int otherwise) {
  if (outcome == Outcome::done) return SQLITE_OK;
  return outcome == Outcome::full ? SQLITE_FULL : otherwise;
}

// ---- a file's methods

int close_file(sqlite3_file* file) {
  delete file_of(file).name;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  std::string_view got;
  const auto wanted = static_cast<std::size_t>(size);
  OpenFile& open = file_of(file);
  if (open.disk->read(*open.name, static_cast<std::size_t>(offset), wanted, got) != Outcome::done) {
    return SQLITE_IOERR_READ;
  }
  std::memcpy(to, got.data(), got.size());
  if (got.size() == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + got.size(), 0, wanted - got.size());
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  OpenFile& open = file_of(file);
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
  return code_of(open.disk->write(*open.name, static_cast<std::size_t>(offset), bytes),
                 SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& open = file_of(file);
  return code_of(open.disk->truncate(*open.name, static_cast<std::size_t>(size)),
                 SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
  OpenFile& open = file_of(file);
  const Outcome outcome = open.disk->sync(*open.name, open.new_log);
  if (outcome == Outcome::done) open.new_log = false;
  return code_of(outcome, SQLITE_IOERR_FSYNC);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  OpenFile& open = file_of(file);
  *size = static_cast<sqlite3_int64>(open.disk->size(*open.name));
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }

int check_reserved_lock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4'096; }
// As SQLite says of every Unix: a write does not harm the bytes beside it.
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods kMethods = {.iVersion = 1,
                                     .xClose = close_file,
                                     .xRead = read_file,
                                     .xWrite = write_file,
                                     .xTruncate = truncate_file,
                                     .xSync = sync_file,
                                     .xFileSize = size_of_file,
                                     .xLock = lock_file,
                                     .xUnlock = lock_file,
                                     .xCheckReservedLock = check_reserved_lock,
                                     .xFileControl = control_file,
                                     .xSectorSize = sector_size,
                                     .xDeviceCharacteristics = device_characteristics,
                                     .xShmMap = nullptr,
                                     .xShmLock = nullptr,
                                     .xShmBarrier = nullptr,
                                     .xShmUnmap = nullptr,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

// ---- the file system's methods

// The journal makes its database durable before SQLite sees it; here that is one step. As on Unix,
// who opens a log that he may create syncs its folder along with it, once, whether it was new or
// not: a log that was removed before cannot come back under what is committed from then on.
int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  Disk& disk = system_of(vfs).disk();
  if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files are kept in memory
  if (!disk.has(name)) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    const Outcome made = disk.create(name, (flags & SQLITE_OPEN_MAIN_DB) != 0);
    if (made != Outcome::done) return code_of(made, SQLITE_CANTOPEN);
  }
  auto* open = static_cast<OpenFile*>(file);
  open->pMethods = &kMethods;
  open->disk = &disk;
  open->name = new std::string(name);
  open->new_log = (flags & SQLITE_OPEN_CREATE) != 0 &&
                  (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* name, int durably) {
  Disk& disk = system_of(vfs).disk();
  if (!disk.has(name)) return SQLITE_IOERR_DELETE_NOENT;
  return code_of(disk.remove(name, durably != 0), SQLITE_IOERR_DELETE);
}

// As on Unix: what is empty is not there for who asks whether it exists.
int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* answer) {
  const Disk& disk = system_of(vfs).disk();
  *answer = disk.has(name) && (flags != SQLITE_ACCESS_EXISTS || disk.size(name) > 0) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* path) {
  std::snprintf(path, static_cast<std::size_t>(size), "%s", name);
  return SQLITE_OK;
}

int random_bytes_of(sqlite3_vfs* vfs, int size, char* to) {
  for (int i = 0; i < size; ++i) to[i] = static_cast<char>(system_of(vfs).rng()());
  return size;
}

int sleep_a_while(sqlite3_vfs* vfs, int microseconds) {
  system_of(vfs).clock().pass(Duration{microseconds});
  return microseconds;
}

int current_time(sqlite3_vfs* vfs, double* julian_day) {
  const auto now = static_cast<double>(system_of(vfs).clock().read().wall.us);
  *julian_day = now / kMicrosecondsPerDay + kUnixEpochInJulianDays;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

FileSystem::FileSystem(std::uint64_t seed, Disk& disk, Clock& clock)
    : rng_(seed), disk_(disk), clock_(clock) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = kFileSystem;
  vfs_.pAppData = this;
  vfs_.xOpen = open_file;
  vfs_.xDelete = remove_file;
  vfs_.xAccess = access_file;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = random_bytes_of;
  vfs_.xSleep = sleep_a_while;
  vfs_.xCurrentTime = current_time;
  vfs_.xGetLastError = last_error;
  RF_ENSURE(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK, "SQLite takes a file system");
  sqlite3_randomness(0, nullptr);  // begins anew, from this file system
}

FileSystem::~FileSystem() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace ringfence::sim
