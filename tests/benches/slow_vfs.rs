//! A SQLite VFS in which every sync takes a millisecond, so that a bench does not depend on the disk.
#![allow(
    unsafe_code,
    reason = "a VFS is a table of C functions; this one only delays the default one's sync"
)]

use std::ffi::{CString, c_char, c_int};
use std::ptr;
use std::sync::OnceLock;
use std::time::Duration;

use rusqlite::ffi;

type Open = unsafe extern "C" fn(
    *mut ffi::sqlite3_vfs,
    ffi::sqlite3_filename,
    *mut ffi::sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;
type Sync = unsafe extern "C" fn(*mut ffi::sqlite3_file, c_int) -> c_int;

static OPEN: OnceLock<Open> = OnceLock::new();
static SYNC: OnceLock<Sync> = OnceLock::new();

/// Registers the VFS; gives its name.
pub(crate) fn register() -> &'static str {
    const NAME: &str = "sync-takes-1ms";
    // SAFETY: the default VFS exists once SQLite is initialised; the copy and its name live for ever.
    unsafe {
        ffi::sqlite3_initialize();
        let base = ffi::sqlite3_vfs_find(ptr::null());
        let mut slow = *base;
        slow.zName = CString::new(NAME).expect("no zero byte").into_raw() as *const c_char;
        slow.pNext = ptr::null_mut();
        OPEN.get_or_init(|| slow.xOpen.expect("every VFS opens"));
        slow.xOpen = Some(open);
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(slow)), 0);
    }
    NAME
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let base = OPEN.get().expect("set when it was registered");
    // SAFETY: the arguments are SQLite's own; the methods' copy lives as long as the process.
    unsafe {
        let result = base(vfs, name, file, flags, out);
        if result == ffi::SQLITE_OK && !(*file).pMethods.is_null() {
            let mut methods = *(*file).pMethods;
            SYNC.get_or_init(|| methods.xSync.expect("every file syncs"));
            methods.xSync = Some(sync);
            (*file).pMethods = Box::into_raw(Box::new(methods));
        }
        result
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    std::thread::sleep(Duration::from_millis(1));
    // SAFETY: the file is one that `open` opened.
    unsafe { SYNC.get().expect("set when the file was opened")(file, flags) }
}
