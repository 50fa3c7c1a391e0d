# pyftpdlib_server.py PORT ROOT - pyftpdlib with an anonymous account and one with a password.
# Without a hash of it: its own authorizer compares texts. MIT licence.
import logging
import sys
import warnings

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

port, root = int(sys.argv[1]), sys.argv[2]
logging.basicConfig(level=logging.ERROR)
authorizer = DummyAuthorizer()
authorizer.add_user("bench", "bench", root, perm="elradfmwMT")
# It warns of anonymous accounts that may write.
warnings.simplefilter("ignore")
authorizer.add_anonymous(root, perm="elrdw")
FTPHandler.authorizer = authorizer
server = FTPServer(("127.0.0.1", port), FTPHandler, backlog=1024)
server.max_cons, server.max_cons_per_ip = 2000, 0
server.serve_forever()
