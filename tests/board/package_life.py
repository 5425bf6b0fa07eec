"""The life of the package on the board: reload, upgrade, remove, purge, and installed anew."""
from larder_on_board import INI
from patience import CHANGE, until

# The same package with a higher version.
MAKE_UPGRADE = """
rm -rf /root/upgrade && dpkg-deb -R /root/larder.deb /root/upgrade &&
sed -i 's/^Version: .*/&+upgrade/' /root/upgrade/DEBIAN/control &&
dpkg-deb --root-owner-group -Zgzip -z1 -b /root/upgrade /root/upgrade.deb
"""


def check_package(report, larder):
    page, pid = until(CHANGE, larder.cached_page, "/?n=kept"), larder.pid()
    report.expect("it reloads", larder.says("systemctl reload larder"), larder.last)
    report.expect("and is the same process", larder.pid() == pid, larder.last)

    larder.run(MAKE_UPGRADE)
    report.expect("it can be upgraded", larder.says("dpkg -i /root/upgrade.deb", 600), larder.last)
    again = until(CHANGE, larder.cached_page, "/?n=kept")
    report.expect("and has the page that was cached before", page and again and page.body == again.body, larder.last)
    report.expect("and its settings", larder.says(f"grep -q '^root = /srv/larder/site' {INI}"), larder.last)

    report.expect("it can be removed", larder.says("dpkg -r larder", 600), larder.last)
    report.expect("and stops", not larder.active(), larder.last)
    report.expect("but leaves its settings", larder.says(f"test -f {INI}"), larder.last)
    report.expect("it can be purged", larder.says("dpkg -P larder", 600), larder.last)
    left = "ls -d /etc/larder /var/cache/larder /usr/bin/larder"
    report.expect("nothing of it is left", not larder.says(left), larder.last)
    report.expect("but the site is", larder.says("test -f /srv/larder/site/index.php"), larder.last)

    report.expect("it installs anew", larder.says("dpkg -i /root/larder.deb", 600), larder.last)
    report.expect("and runs", until(CHANGE, larder.active), larder.last)
    welcome = until(CHANGE, lambda: "Larder works" in larder.get("/").body)
    report.expect("and welcomes", welcome, larder.last)
