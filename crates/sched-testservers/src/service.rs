//! The one table of servers: names, variables, ports.

use std::fmt;

/// A server that a store is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// PostgreSQL.
    Postgres,
    /// MariaDB, which speaks MySQL's protocol.
    MariaDb,
    /// Redis.
    Redis,
    /// MongoDB, as a replica set of one member.
    MongoDb,
    /// ZooKeeper.
    ZooKeeper,
    /// etcd.
    Etcd,
    /// RethinkDB. No package has it: it is there where docker compose or somebody else started it,
    /// and a test can have one of its own where somebody installed it.
    RethinkDb,
}

impl Service {
    /// All of them.
    pub const ALL: [Service; 7] = [
        Service::Postgres,
        Service::MariaDb,
        Service::Redis,
        Service::MongoDb,
        Service::ZooKeeper,
        Service::Etcd,
        Service::RethinkDb,
    ];

    /// Its name on a command line and in docker-compose.yml.
    pub fn name(self) -> &'static str {
        match self {
            Service::Postgres => "postgres",
            Service::MariaDb => "mariadb",
            Service::Redis => "redis",
            Service::MongoDb => "mongodb",
            Service::ZooKeeper => "zookeeper",
            Service::Etcd => "etcd",
            Service::RethinkDb => "rethinkdb",
        }
    }

    /// The environment variable that holds the URL of a server that is already there.
    pub fn variable(self) -> &'static str {
        match self {
            Service::Postgres => "POSTGRES_URL",
            Service::MariaDb => "MARIADB_URL",
            Service::Redis => "REDIS_URL",
            Service::MongoDb => "MONGODB_URL",
            Service::ZooKeeper => "ZOOKEEPER_URL",
            Service::Etcd => "ETCD_URL",
            Service::RethinkDb => "RETHINKDB_URL",
        }
    }

    /// The port of 127.0.0.1 that docker-compose.yml gives it: nobody's standard port.
    pub fn compose_port(self) -> u16 {
        match self {
            Service::Postgres => 24701,
            Service::MariaDb => 24702,
            Service::Redis => 24703,
            Service::MongoDb => 24704,
            Service::ZooKeeper => 24705,
            Service::Etcd => 24706,
            Service::RethinkDb => 24707,
        }
    }

    /// The variable by which docker-compose.yml is told another port.
    pub fn compose_port_variable(self) -> String {
        format!("SCHED_{}_PORT", self.name().to_uppercase())
    }

    /// The URL of one at this port of 127.0.0.1, set up as ours are.
    pub fn url(self, port: u16) -> String {
        match self {
            Service::Postgres => format!("postgres://postgres:sched@127.0.0.1:{port}/postgres"),
            Service::MariaDb => format!("mysql://root:sched@127.0.0.1:{port}/sched"),
            Service::Redis => format!("redis://127.0.0.1:{port}/0"),
            Service::MongoDb => {
                format!("mongodb://127.0.0.1:{port}/?replicaSet=rs0&directConnection=true")
            }
            Service::ZooKeeper => format!("zookeeper://127.0.0.1:{port}"),
            Service::Etcd => format!("http://127.0.0.1:{port}"),
            Service::RethinkDb => format!("rethinkdb://127.0.0.1:{port}"),
        }
    }

    /// Whether a machine without Docker can be made to have it.
    pub fn is_packaged(self) -> bool {
        self != Service::RethinkDb
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_in_the_table_is_there_twice() {
        let count = Service::ALL.len();
        let distinct = |values: HashSet<String>| assert_eq!(values.len(), count, "{values:?}");
        distinct(Service::ALL.iter().map(|service| service.name().to_owned()).collect());
        distinct(Service::ALL.iter().map(|service| service.variable().to_owned()).collect());
        distinct(Service::ALL.iter().map(|service| service.compose_port().to_string()).collect());
    }
}
