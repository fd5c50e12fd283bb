//! The classes and functions of Python that a pickle may refer to.

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident = $($module:literal $name:literal),+;)*) => {
        /// A class or a function of Python that a pickle may refer to. Its documentation says which.
        ///
        /// None is ever called: they are names that mean something to the importer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Class {
            $($(#[$doc])* $class,)*
        }

        impl Class {
            /// The class of this name, if it is on the list.
            pub(super) fn find(module: &str, name: &str) -> Option<Class> {
                match (module, name) {
                    $($(($module, $name))|+ => Some(Class::$class),)*
                    _ => None,
                }
            }

            /// Module and name, joined by a full stop.
            pub fn name(self) -> &'static str {
                match self {
                    $(Class::$class => [$(concat!($module, ".", $name)),+][0],)*
                }
            }
        }
    };
}

classes! {
    /// `_codecs.encode`, by which protocol 2 writes bytes.
    Encode = "_codecs" "encode";
    /// `builtins.getattr`, by which Python up to 3.12 names a method of a class.
    GetAttr = "builtins" "getattr", "__builtin__" "getattr";
    /// `builtins.bytes`.
    Bytes = "builtins" "bytes", "__builtin__" "bytes";
    /// `builtins.set`.
    Set = "builtins" "set", "__builtin__" "set";
    /// `builtins.frozenset`.
    FrozenSet = "builtins" "frozenset", "__builtin__" "frozenset";
    /// `collections.OrderedDict`.
    OrderedDict = "collections" "OrderedDict";
    /// `datetime.datetime`.
    DateTime = "datetime" "datetime";
    /// `datetime.date`.
    Date = "datetime" "date";
    /// `datetime.time`.
    Time = "datetime" "time";
    /// `datetime.timedelta`.
    TimeDelta = "datetime" "timedelta";
    /// `datetime.timezone`.
    TimeZone = "datetime" "timezone";
    /// `decimal.Decimal`.
    Decimal = "decimal" "Decimal";
    /// `zoneinfo.ZoneInfo`, or its method that restores one.
    ZoneInfo = "zoneinfo" "ZoneInfo", "zoneinfo" "ZoneInfo._unpickle",
        "backports.zoneinfo" "ZoneInfo", "backports.zoneinfo" "ZoneInfo._unpickle";
    /// `pytz._UTC`.
    PytzUtc = "pytz" "_UTC";
    /// `pytz._p`, which restores a zone of pytz with the offset that it stands for.
    PytzZone = "pytz" "_p";
    /// `pytz.FixedOffset`.
    PytzOffset = "pytz" "FixedOffset";
    /// `pytz_deprecation_shim._impl.wrap_zone`, which earlier versions of tzlocal make.
    PytzShim = "pytz_deprecation_shim._impl" "wrap_zone";
    /// `dateutil.tz.tz.tzutc`.
    DateutilUtc = "dateutil.tz.tz" "tzutc";
    /// `dateutil.tz.tz.tzoffset`.
    DateutilOffset = "dateutil.tz.tz" "tzoffset";
    /// `apscheduler.triggers.date.DateTrigger`.
    DateTrigger = "apscheduler.triggers.date" "DateTrigger";
    /// `apscheduler.triggers.interval.IntervalTrigger`.
    IntervalTrigger = "apscheduler.triggers.interval" "IntervalTrigger";
    /// `apscheduler.triggers.cron.CronTrigger`.
    CronTrigger = "apscheduler.triggers.cron" "CronTrigger";
    /// `apscheduler.triggers.calendarinterval.CalendarIntervalTrigger`.
    CalendarIntervalTrigger = "apscheduler.triggers.calendarinterval" "CalendarIntervalTrigger";
    /// `apscheduler.triggers.combining.AndTrigger`.
    AndTrigger = "apscheduler.triggers.combining" "AndTrigger";
    /// `apscheduler.triggers.combining.OrTrigger`.
    OrTrigger = "apscheduler.triggers.combining" "OrTrigger";
    /// A field of a cron trigger; each kind is written in the same way.
    CronField = "apscheduler.triggers.cron.fields" "BaseField",
        "apscheduler.triggers.cron.fields" "WeekField",
        "apscheduler.triggers.cron.fields" "DayOfMonthField",
        "apscheduler.triggers.cron.fields" "DayOfWeekField",
        "apscheduler.triggers.cron.fields" "MonthField";
    /// `apscheduler.triggers.cron.expressions.AllExpression`.
    AllExpression = "apscheduler.triggers.cron.expressions" "AllExpression";
    /// `apscheduler.triggers.cron.expressions.RangeExpression`.
    RangeExpression = "apscheduler.triggers.cron.expressions" "RangeExpression";
    /// `apscheduler.triggers.cron.expressions.MonthRangeExpression`.
    MonthRangeExpression = "apscheduler.triggers.cron.expressions" "MonthRangeExpression";
    /// `apscheduler.triggers.cron.expressions.WeekdayRangeExpression`.
    WeekdayRangeExpression = "apscheduler.triggers.cron.expressions" "WeekdayRangeExpression";
    /// `apscheduler.triggers.cron.expressions.WeekdayPositionExpression`.
    WeekdayPositionExpression = "apscheduler.triggers.cron.expressions" "WeekdayPositionExpression";
    /// `apscheduler.triggers.cron.expressions.LastDayOfMonthExpression`.
    LastDayOfMonthExpression = "apscheduler.triggers.cron.expressions" "LastDayOfMonthExpression";
}
