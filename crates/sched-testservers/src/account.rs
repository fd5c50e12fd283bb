//! As whom a server runs: some refuse to run as root, and none needs to.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// Who owns nothing and may do nothing, on every Linux.
const NOBODY: &str = "nobody";

/// Whether this process may do everything.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Another user and group than this process has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The one that servers run as: none if it is that of this process.
    pub(crate) fn for_servers() -> io::Result<Option<Account>> {
        if !is_root() {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        Account::find(&accounts, NOBODY).map(Some).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "there is no user `nobody` to run it as")
        })
    }

    fn find(accounts: &str, name: &str) -> Option<Account> {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next()? != name {
                return None;
            }
            let user = fields.nth(1)?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            Some(Account { user, group })
        })
    }

    pub(crate) fn runs(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }

    pub(crate) fn owns(self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\n\
                        nobody2:x:1:2::/:\n\
                        nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n";
        let nobody = Account::find(accounts, NOBODY).unwrap();
        assert_eq!((nobody.user, nobody.group), (65534, 65533));
        assert!(Account::find(accounts, "nob").is_none());
    }
}
