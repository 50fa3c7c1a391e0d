# twisted_echo.py tcp|udp PORT - the echo services of Twisted's own examples. MIT licence.
import sys
from twisted.internet import epollreactor
epollreactor.install()
from twisted.internet import protocol, reactor


class StreamEcho(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class DatagramEcho(protocol.DatagramProtocol):
    def datagramReceived(self, data, address):
        self.transport.write(data, address)


if sys.argv[1] == "udp":
    reactor.listenUDP(int(sys.argv[2]), DatagramEcho(), interface="127.0.0.1")
else:
    factory = protocol.ServerFactory()
    factory.protocol = StreamEcho
    factory.noisy = False
    reactor.listenTCP(int(sys.argv[2]), factory, backlog=1024, interface="127.0.0.1")
reactor.run()
