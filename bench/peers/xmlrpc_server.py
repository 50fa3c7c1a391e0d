# xmlrpc_server.py PORT one|threads - Python's own server, as fast as it goes: connections stay, one write for each answer,
# no log, no delays, no compression. MIT licence.
import socketserver
import sys
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    encode_threshold = None


class Server(SimpleXMLRPCServer):
    request_queue_size = 1024
    allow_reuse_address = True


class ThreadingServer(socketserver.ThreadingMixIn, Server):
    daemon_threads = True


items = [{"id": i, "name": "item %d" % i, "value": i * 1.5, "ok": True} for i in range(1000)]
kind = ThreadingServer if sys.argv[2] == "threads" else Server
server = kind(("127.0.0.1", int(sys.argv[1])), requestHandler=Handler, logRequests=False)
server.register_function(lambda a, b: a + b, "add")
server.register_function(lambda: items, "list")
server.serve_forever()
