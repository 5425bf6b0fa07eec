"""A real WordPress, the one of Debian, with so many posts; its database is started anew for each day.

What is done here is done before the day: the files that it touched are no longer in the kernel's memory afterwards, so
that whoever reads them pays for them.
"""
import http.client
import os
import pathlib
import shutil
import subprocess
import time
import urllib.parse

FILES, THEME, DATABASE = "/usr/share/wordpress", "twentytwentythree", "/usr/sbin/mariadbd"
HINT = "apt-get install wordpress wordpress-theme-twentytwentythree mariadb-server php-mysql php-gd php-cli php-fpm"
SETUP = pathlib.Path(__file__).parent.parent / "tests/scenario/wordpress"
HOST = "larder.test"
TEXT = ("<!-- wp:paragraph --><p>Everybody comes at once to see page ', seq, ', and the board in the cupboard holds. It has "
        "one gibibyte, four small cores and a stick in its side; its page cache does what it can. </p><!-- /wp:paragraph -->")

# Debian's has no plugins; those of a site of that age took this much of each request's memory.
PLUGINS = "<?php $plugins = str_repeat(random_bytes(1024), %d * 1024);\n"


def path_of(number):
    return f"/2016/02/page-{number}/"


def title_of(number):
    return f"Page {number} of the launch"


class WordPress:
    def __init__(self, folder, posts, plugins):
        for needed in (FILES, f"{FILES}/wp-content/themes/{THEME}", DATABASE):
            if not os.path.exists(needed):
                raise SystemExit(f"{needed} is missing: {HINT}")
        self.folder, self.root, self.socket = folder, f"{folder}/root", f"{folder}/db.sock"
        os.mkdir(f"{folder}/database")
        shutil.copytree(FILES, self.root)
        for file in ("wp-config.php", "install.php"):
            shutil.copy(SETUP / file, f"{self.root if file == 'wp-config.php' else folder}/{file}")
        os.mkdir(f"{self.root}/wp-content/mu-plugins")
        pathlib.Path(self.root, "wp-content/mu-plugins/plugins.php").write_text(PLUGINS % plugins, encoding="ascii")
        pathlib.Path(folder, "constants.php").write_text("<?php\n", encoding="ascii")
        pathlib.Path(folder, "database.php").write_text(f"<?php define('DB_HOST', 'localhost:{self.socket}');\n", encoding="ascii")
        database = subprocess.Popen(self.database(), stderr=subprocess.DEVNULL)
        try:
            self.wait_for_database(database)
            subprocess.run(["php", "-d", "sendmail_path=/bin/true", f"{folder}/install.php", folder], check=True,
                           stdout=subprocess.DEVNULL)
            self._write_posts(posts)
        finally:
            database.terminate()
            database.wait(60)

    def database(self):
        """Debian's settings are MariaDB's own; who opens the socket, in a folder of root's, needs no account."""
        return [DATABASE, "--no-defaults", f"--datadir={self.folder}/database", f"--socket={self.socket}", "--user=root",
                f"--pid-file={self.folder}/db.pid", "--skip-networking", "--skip-grant-tables"]

    def wait_for_database(self, process):
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit("the database ended")
            if os.path.exists(self.socket) and self._sql("SELECT 1").returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("the database does not answer")

    def _sql(self, text, database=""):
        return subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-e", text, *([database] if database else [])],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def _write_posts(self, posts):
        text = f"REPEAT(CONCAT('{TEXT}'), 6)"
        done = self._sql(
            "INSERT INTO wp_posts (post_author, post_date, post_date_gmt, post_modified, post_modified_gmt, post_content, post_title,"
            " post_excerpt, post_name, post_status, to_ping, pinged, post_content_filtered, guid)"
            f" SELECT 1, t, t, t, t, {text}, CONCAT('Page ', seq, ' of the launch'), '', CONCAT('page-', seq), 'publish', '', '', '',"
            f" CONCAT('http://{HOST}/?p=', seq) FROM (SELECT seq, '2016-02-28 07:00:00' + INTERVAL seq SECOND AS t"
            f" FROM seq_0_to_{posts - 1}) AS numbered", "wordpress")
        if done.returncode != 0:
            raise SystemExit("the database does not take the posts")

    def log_in(self, port):
        """The cookies of the editor, as a browser would send them; waits until there is PHP."""
        form = urllib.parse.urlencode({"log": "admin", "pwd": "a good password", "testcookie": "1"})
        fields = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded",
                  "Cookie": "wordpress_test_cookie=WP%20Cookie%20check"}
        for _ in range(60):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", "/wp-login.php", form, fields)
            answer = connection.getresponse()
            answer.read()
            cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
            if any(cookie.startswith("wordpress_logged_in") for cookie in cookies):
                return "; ".join(cookies)
            time.sleep(1)
        raise SystemExit(f"WordPress does not let the editor in: {answer.status}")

    def forget(self):
        """Takes the site's files out of the kernel's memory; nobody else's."""
        forget(self.root)
        forget(f"{self.folder}/database")


def forget(folder):
    os.sync()
    for directory, _, files in os.walk(folder):
        for name in files:
            file = os.open(os.path.join(directory, name), os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)
