/* banned: functions that are easily misused are compile errors. Included into every file. */
#ifndef TK_CORE_BANNED_H
#define TK_CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TK_BANNED(function) sorry_##function##_is_banned

#undef strcpy
#define strcpy(...) TK_BANNED(strcpy)
#undef strcat
#define strcat(...) TK_BANNED(strcat)
#undef strncpy
#define strncpy(...) TK_BANNED(strncpy)
#undef strncat
#define strncat(...) TK_BANNED(strncat)
#undef sprintf
#define sprintf(...) TK_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) TK_BANNED(vsprintf)
#undef gets
#define gets(...) TK_BANNED(gets)
#undef strtok
#define strtok(...) TK_BANNED(strtok)
#undef atoi
#define atoi(...) TK_BANNED(atoi)
#undef atol
#define atol(...) TK_BANNED(atol)
#undef atof
#define atof(...) TK_BANNED(atof)
#undef localtime
#define localtime(...) TK_BANNED(localtime)
#undef gmtime
#define gmtime(...) TK_BANNED(gmtime)
#undef ctime
#define ctime(...) TK_BANNED(ctime)
#undef asctime
#define asctime(...) TK_BANNED(asctime)
#undef rand
#define rand(...) TK_BANNED(rand)
#undef srand
#define srand(...) TK_BANNED(srand)
#undef random
#undef system
#define system(...) TK_BANNED(system)
#undef popen
#define popen(...) TK_BANNED(popen)
#undef tmpnam
#define tmpnam(...) TK_BANNED(tmpnam)
#undef mktemp
#define mktemp(...) TK_BANNED(mktemp)
#undef scanf
#define scanf(...) TK_BANNED(scanf)
#undef sscanf
#define sscanf(...) TK_BANNED(sscanf)
#undef alloca
#define alloca(...) TK_BANNED(alloca)

#endif
