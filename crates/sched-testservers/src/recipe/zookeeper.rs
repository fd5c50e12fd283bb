//! ZooKeeper, alone.

use std::io;
use std::path::Path;
use std::process::Command;

use super::{Recipe, answers, command_of};
use crate::Service;
use crate::program::find_program;
use crate::site::Site;

pub(crate) struct ZooKeeper;

/// Of Debian's packages. The first names the others it needs itself, but for those that log.
const JARS: [&str; 3] = [
    "/usr/share/java/zookeeper.jar",
    "/usr/share/java/slf4j-log4j12.jar",
    "/usr/share/java/log4j-1.2.jar",
];

const LOGGING: &str = "\
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %c: %m%n
";

impl Recipe for ZooKeeper {
    fn is_installed(&self) -> bool {
        find_program("java").is_some() && JARS.iter().all(|jar| Path::new(jar).is_file())
    }

    fn prepare(&self, site: &Site) -> io::Result<()> {
        site.write("log4j.properties", LOGGING)?;
        let configuration = format!(
            "dataDir={}\nclientPort={}\nclientPortAddress=127.0.0.1\n\
             tickTime=500\nminSessionTimeout=1000\nmaxClientCnxns=0\n\
             admin.enableServer=false\n4lw.commands.whitelist=*\nforceSync=no\n",
            site.data().display(),
            site.port,
        );
        site.write("zoo.cfg", &configuration).map(drop)
    }

    fn command(&self, site: &Site) -> Command {
        let mut command = command_of(find_program("java"));
        command.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
        command.arg("-Dzookeeper.jmx.log4j.disable=true");
        let logging = site.folder.join("log4j.properties");
        command.arg(format!("-Dlog4j.configuration=file:{}", logging.display()));
        command.arg("-cp").arg(JARS.join(":"));
        command.arg("org.apache.zookeeper.server.quorum.QuorumPeerMain");
        command.arg(site.folder.join("zoo.cfg"));
        command
    }

    fn is_ready(&self, site: &Site) -> bool {
        answers(Service::ZooKeeper, site)
    }
}
