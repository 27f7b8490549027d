//! The disk that is memory, as SQLite sees it.
//!
//! The disk that is in use is the thread's own, so that tests run beside each other. The store opens a database through a
//! VFS for itself alone; this one lets others in all the same, as the program does with files that are the system's.
#![allow(unsafe_code, reason = "a VFS is a table of C functions")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;
use std::sync::OnceLock;

use rusqlite::ffi;

use super::disk::Disk;
use super::trouble::Failure;

/// The disk, shared by the simulator and by the files that are open on it.
pub(crate) type Shared = Rc<RefCell<Disk>>;

thread_local! {
    static IN_USE: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// The longest name of a file.
const LONGEST_NAME: c_int = 64;
/// What most disks claim.
const SECTOR: c_int = 4096;

/// Puts the thread's files on this disk from now on; gives the name of its VFS.
pub(crate) fn mount(disk: &Shared) -> &'static str {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    const NAME: &CStr = c"faulty";
    REGISTERED.get_or_init(|| {
        let vfs = Box::new(ffi::sqlite3_vfs {
            iVersion: 1,
            szOsFile: size_of::<File>() as c_int,
            mxPathname: LONGEST_NAME,
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            pAppData: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SAFETY: the table and its name live for ever, and nobody else changes it.
        let registered = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(vfs), 0) };
        assert_eq!(registered, ffi::SQLITE_OK);
    });
    IN_USE.with(|in_use| *in_use.borrow_mut() = Some(disk.clone()));
    NAME.to_str().expect("it is ASCII")
}

/// An open file, in the room that SQLite gives it.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

struct Handle {
    disk: Shared,
    file: usize,
    /// Whether the next sync makes the file's name durable too, as the first one does for logs and journals.
    syncs_name: Cell<bool>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(map),
    xShmLock: Some(lock_shared),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The disk that the thread's files are on.
pub(crate) fn in_use() -> Shared {
    IN_USE.with(|in_use| in_use.borrow().clone()).expect("a disk is mounted before a file is opened")
}

/// What SQLite is told; `failed` is what it calls a failure of this operation.
fn code(failure: Failure, failed: c_int) -> c_int {
    match failure {
        Failure::Dead | Failure::Failed => failed,
        Failure::Full => ffi::SQLITE_FULL,
        Failure::Busy => ffi::SQLITE_BUSY,
    }
}

/// Does something with an open file.
fn with<T>(file: *mut ffi::sqlite3_file, work: impl FnOnce(&mut Disk, &Handle) -> T) -> T {
    // SAFETY: SQLite hands in only files that `open` opened and `close` has not closed, whose handle is theirs alone.
    let handle = unsafe { &*(*file.cast::<File>()).handle };
    work(&mut handle.disk.borrow_mut(), handle)
}

fn name<'a>(name: *const c_char) -> &'a str {
    // SAFETY: SQLite's names end with a zero, and outlive the call.
    unsafe { CStr::from_ptr(name) }.to_str().expect("the store's names are ASCII")
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for a file; without methods it will not close one that could not be opened.
    unsafe { (*file).pMethods = ptr::null() };
    // The store keeps all that is temporary in memory.
    assert!(!path.is_null(), "a temporary file");
    let disk = in_use();
    let opened = disk.borrow_mut().open(name(path), flags & ffi::SQLITE_OPEN_CREATE != 0);
    match opened {
        Err(failure) => code(failure, ffi::SQLITE_CANTOPEN),
        Ok(opened) => {
            let syncs_name = Cell::new(flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0);
            let handle = Box::into_raw(Box::new(Handle { disk, file: opened, syncs_name }));
            // SAFETY: there is room for a file, as `szOsFile` asked; the flags may be asked for or not.
            unsafe {
                file.cast::<File>()
                    .write(File { base: ffi::sqlite3_file { pMethods: &raw const METHODS }, handle });
                if !out.is_null() {
                    *out = flags;
                }
            }
            ffi::SQLITE_OK
        }
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` made the handle, and SQLite closes a file once.
    drop(unsafe { Box::from_raw((*file.cast::<File>()).handle) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives a buffer of this size.
    let into = unsafe { std::slice::from_raw_parts_mut(into.cast::<u8>(), amount as usize) };
    match with(file, |disk, handle| disk.read(handle.file, at as usize, into)) {
        Ok(length) if length == amount as usize => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(failure) => code(failure, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives a buffer of this size.
    let from = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), amount as usize) };
    answer(with(file, |disk, handle| disk.write(handle.file, at as usize, from)), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    let done = with(file, |disk, handle| disk.truncate(handle.file, length as usize));
    answer(done, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let done = with(file, |disk, handle| {
        disk.sync(handle.file, handle.syncs_name.get()).inspect(|()| handle.syncs_name.set(false))
    });
    answer(done, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    let size = with(file, |disk, handle| disk.size(handle.file));
    // SAFETY: SQLite gives room for the answer.
    answer(size.map(|size| unsafe { *out = size as ffi::sqlite3_int64 }), ffi::SQLITE_IOERR_FSTAT)
}

/// The whole file is nobody's alone as long as somebody else has it open.
unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    let is_shared = with(file, |disk, _| disk.others.are_there());
    if level == ffi::SQLITE_LOCK_EXCLUSIVE && is_shared { ffi::SQLITE_BUSY } else { ffi::SQLITE_OK }
}

unsafe extern "C" fn unlock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: SQLite gives room for the answer.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

/// Leaves out `PRAGMA locking_mode`, and reads `PRAGMA synchronous = FULL` as `= 1`, which is `NORMAL`, where that is wished.
unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    if what == ffi::SQLITE_FCNTL_PRAGMA {
        let is_careless = with(file, |disk, _| disk.is_careless);
        // SAFETY: the argument is then an array whose second and third elements are the pragma's name and its value,
        // which is a copy of SQLite's own, or null; `1` and its zero are not longer than `FULL`.
        unsafe {
            let words = argument.cast::<*mut c_char>();
            let (pragma, value) = (name(*words.add(1)), *words.add(2));
            if pragma == "locking_mode" {
                return ffi::SQLITE_OK;
            }
            if is_careless && pragma == "synchronous" && !value.is_null() && name(value) == "FULL" {
                ptr::copy_nonoverlapping(c"1".as_ptr(), value, 2);
            }
        }
    }
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    part: c_int,
    bytes: c_int,
    may_make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    let shared = with(file, |disk, _| disk.others.share(part as usize, bytes as usize, may_make != 0));
    // SAFETY: SQLite gives room for the answer; the memory stays where it is until it is unmapped.
    unsafe { *out = shared.unwrap_or(ptr::null_mut()).cast() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock_shared(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    locks: c_int,
    flags: c_int,
) -> c_int {
    let alone = ffi::SQLITE_SHM_LOCK | ffi::SQLITE_SHM_EXCLUSIVE;
    if flags & alone != alone {
        return ffi::SQLITE_OK;
    }
    let wished = first as usize..(first + locks) as usize;
    answer(with(file, |disk, _| disk.lock(&wished)), ffi::SQLITE_IOERR_SHMLOCK)
}

/// Whoever shares it runs on one thread.
unsafe extern "C" fn barrier(_: *mut ffi::sqlite3_file) {}

unsafe extern "C" fn unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    with(file, |disk, _| disk.others.close());
    ffi::SQLITE_OK
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    SECTOR
}

/// As of any file: what stands beside a write is not touched by it.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, durably: c_int) -> c_int {
    match in_use().borrow_mut().delete(name(path), durably != 0) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(failure) => code(failure, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    let exists = in_use().borrow_mut().exists(name(path));
    // SAFETY: SQLite gives room for the answer.
    answer(exists.map(|exists| unsafe { *out = c_int::from(exists) }), ffi::SQLITE_IOERR_ACCESS)
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    let bytes = name(path).len() + 1;
    assert!(bytes <= room as usize, "names are short");
    // SAFETY: there is room for the name and its zero.
    unsafe { ptr::copy_nonoverlapping(path, out, bytes) };
    ffi::SQLITE_OK
}

/// The same for everybody, so that a seed is all there is of chance.
unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, amount: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite gives room for so many bytes.
    unsafe { ptr::write_bytes(out, 7, amount as usize) };
    amount
}

/// Only another process is waited for.
unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    in_use().borrow_mut().others.are_waited_for(micros.into());
    micros
}

/// The store asks no database for the time.
unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite gives room for the answer.
    unsafe { *out = 0.0 };
    ffi::SQLITE_OK
}

fn answer(done: Result<(), Failure>, failed: c_int) -> c_int {
    done.map_or_else(|failure| code(failure, failed), |()| ffi::SQLITE_OK)
}
