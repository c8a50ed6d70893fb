package mcproxy.daemon;

import mcproxy.wire.Decoded;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;

/** What kind of message it is, as counters name it. */
final class MessageKind {
    private MessageKind() {}

    /** For instance {@code IGMPv3 report}; {@code malformed} for what is no message. */
    static String of(Decoded<Packet> heard) {
        return switch (heard) {
            case Decoded.Value<Packet>(Packet packet) -> of(packet.message());
            case Decoded.Malformed<Packet> _ -> "malformed";
        };
    }

    /** For instance {@code IGMPv3 report}. */
    static String of(Message message) {
        return switch (message) {
            case Message.Query query -> query.protocol() + " query";
            case Message.Report report -> report.protocol() + " report";
            case Message.OldReport report -> report.protocol() + " report";
            case Message.Leave leave -> leave.protocol() + " leave";
            case Message.RouterAdvertisement _ -> message.family() + " router advertisement";
            case Message.RouterSolicitation _ -> message.family() + " router solicitation";
            case Message.RouterTermination _ -> message.family() + " router termination";
            case Message.Unknown _ -> message.family() + " unknown";
        };
    }
}
