#!/bin/sh
# Answers at /cgi-bin/hello.sh and everything below it.
echo "Content-Type: text/plain"
echo
echo "Hello $REMOTE_ADDR, you asked for ${PATH_INFO:-nothing more}"
