// What Rust needs of Qt: an application with a loop, and a way to have something called on it.
#include <QCoreApplication>
#include <QMetaObject>
#include <memory>
#include <mutex>
#include <utility>

// There from `qt_open` to the end of `qt_run`; nobody posts to it while it goes.
static QCoreApplication *application = nullptr;
static std::mutex application_lock;

extern "C" {

void qt_open() {
    static int count = 1;
    static char name[] = "on-qt";
    static char *arguments[] = {name, nullptr};
    auto *opened = new QCoreApplication(count, arguments);
    std::lock_guard<std::mutex> locked(application_lock);
    application = opened;
}

int qt_run() {
    int status = QCoreApplication::exec();
    QCoreApplication *ended;
    {
        std::lock_guard<std::mutex> locked(application_lock);
        ended = std::exchange(application, nullptr);
    }
    // Not under the lock: the turns that go with it are Rust's, and might post.
    delete ended;
    return status;
}

void qt_quit() { QCoreApplication::quit(); }

// Takes the turn over. It is dropped after its call, or without one if the loop has ended.
bool qt_post(void *turn, void (*call)(void *), void (*drop)(void *)) {
    // Dropped after the lock, which it must not be under either.
    std::shared_ptr<void> owned(turn, drop);
    std::lock_guard<std::mutex> locked(application_lock);
    return application && QMetaObject::invokeMethod(
        application, [owned, call] { call(owned.get()); }, Qt::QueuedConnection);
}
}
