/* cmd_launch_dir.c: the private directory of a run, for its sockets; see cmd_launch.h */
#include "cmd_launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status
launch_dir_make(char dir[LAUNCH_DIR_MAX], struct fault *f)
{
	const char *base = getenv("TMPDIR");

	if (base == NULL || base[0] != '/' || strlen(base) > LAUNCH_DIR_MAX - 20)
		base = "/tmp";
	(void)snprintf(dir, LAUNCH_DIR_MAX, "%s/konsil-XXXXXX", base);
	if (mkdtemp(dir) != NULL)
		return ST_OK;
	(void)fault_set(
	    f, ST_INTERNAL, "cannot make a private directory in %s: %s", base, strerror(errno));
	dir[0] = '\0';
	return ST_INTERNAL;
}

void
launch_dir_remove(const char *dir)
{
	DIR *d;
	struct dirent *e;

	if (dir[0] == '\0')
		return;
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(dir);
}
