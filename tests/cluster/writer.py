#!/usr/bin/python3
"""Writes row after row to a cluster, as a node does, and keeps account of what was acknowledged.

Usage: writer.py URI SERIES SECONDS [PAUSE]    one JSON object on stdout at the end
       writer.py URI --check FILE …            whether what those runs had acknowledged is there

A row is acknowledged when its COMMIT was answered without a warning. A warning, a lost connection and an answer that
does not come within two seconds leave it unknown; then the writer connects again, to whoever takes writes.
"""
import json
import select
import sys
import time

import psycopg2
from psycopg2 import extensions

ANSWER_SECONDS = 2.0


def wait(connection):
    """Waits for the server, with an end."""
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        state = connection.poll()
        if state == extensions.POLL_OK:
            return
        left = end - time.monotonic()
        if left <= 0:
            raise psycopg2.OperationalError("no answer")
        lists = ([connection.fileno()], []) if state == extensions.POLL_READ else ([], [connection.fileno()])
        select.select(*lists, [], left)


class Writer:
    def __init__(self, uri, series):
        self.uri, self.series = uri, series
        self.connection = None
        self.acknowledged, self.unknown, self.refusals = [], [], {}

    def connect(self):
        self.connection = psycopg2.connect(self.uri)
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '2s'")
            cursor.execute("SELECT inet_server_port()")
            self.port = cursor.fetchone()[0]

    def drop(self, why):
        why = str(why).strip().split("\n")[0] or "gone"
        self.refusals[why] = self.refusals.get(why, 0) + 1
        if self.connection:
            self.connection.close()
        self.connection = None

    def write(self, number):
        sent = False
        try:
            if not self.connection:
                self.connect()
            with self.connection.cursor() as cursor:
                del self.connection.notices[:]
                cursor.execute("BEGIN")
                cursor.execute("INSERT INTO fact VALUES (%s, %s)", (self.series, number))
                sent = True
                cursor.execute("COMMIT")
            if self.connection.notices:
                raise psycopg2.OperationalError(self.connection.notices[0])
            self.acknowledged.append((number, time.time(), self.port))
        except psycopg2.Error as error:
            if sent:
                self.unknown.append((number, time.time()))
            self.drop(error)
            time.sleep(0.1)


def longest_pause(times):
    return max(((b - a, a) for a, b in zip(times, times[1:])), default=(0, 0))


def run(uri, series, seconds, pause):
    writer, end, number = Writer(uri, series), time.time() + seconds, 0
    while time.time() < end:
        number += 1
        writer.write(number)
        time.sleep(pause)
    times = [at for _, at, _ in writer.acknowledged]
    gap, since = longest_pause(times + [end])
    json.dump({"series": series, "tried": number, "acknowledged": writer.acknowledged, "unknown": writer.unknown,
               "refusals": writer.refusals, "longest_pause": gap, "pause_began": since}, sys.stdout)


def check(uri, files):
    lost = 0
    connection = psycopg2.connect(uri)
    for name in files:
        with open(name, encoding="utf-8") as file:
            told = json.load(file)
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM fact WHERE series = %s", (told["series"],))
            there = {row[0] for row in cursor.fetchall()}
        missing = [number for number, _, _ in told["acknowledged"] if number not in there]
        stored = sum(number in there for number, _ in told["unknown"])
        ports = sorted({port for _, _, port in told["acknowledged"]})
        print(f"{told['series']}: {told['tried']} tried, {len(told['acknowledged'])} acknowledged by {ports}, "
              f"{len(told['unknown'])} unknown of which {stored} are stored, longest pause "
              f"{told['longest_pause']:.1f} s, acknowledged and lost: {len(missing)}")
        for why, count in told["refusals"].items():
            print(f"    {count} times: {why}")
        lost += len(missing)
    return lost


extensions.set_wait_callback(wait)
if sys.argv[2] == "--check":
    sys.exit(bool(check(sys.argv[1], sys.argv[3:])))
run(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) > 4 else 0.02)
