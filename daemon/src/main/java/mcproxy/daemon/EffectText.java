package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.Packet;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** An engine's effects as text for programs; two are equal exactly if their texts are. */
final class EffectText {
    private EffectText() {}

    /** The CRC-32 of the effects' texts, a line for each, in 8 hexadecimal digits. */
    static String digest(List<Effect> effects) {
        CRC32 crc = new CRC32();
        for (Effect effect : effects) {
            crc.update(line(effect).getBytes(StandardCharsets.UTF_8));
            crc.update('\n');
        }
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static String line(Effect effect) {
        return switch (effect) {
            case Effect.Send(int ifindex, Packet packet) ->
                    "Send " + ifindex + " " + hex(bytes(packet));
            case Effect.SetRoute _, Effect.DeleteRoute _, Effect.AskUsage _, Effect.Tell _ ->
                    effect.toString();
        };
    }

    /** As a JSON object. */
    static Map<String, @Nullable Object> json(Effect effect) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        switch (effect) {
            case Effect.Send(int ifindex, Packet packet) -> {
                members.put("effect", "send");
                members.put("ifindex", ifindex);
                members.put("text", PacketText.of(packet));
                members.put("bytes", hex(bytes(packet)));
            }
            case Effect.SetRoute set -> put(members, "set-route", set);
            case Effect.DeleteRoute delete -> put(members, "delete-route", delete);
            case Effect.AskUsage ask -> put(members, "ask-usage", ask);
            case Effect.Tell(Event event) -> {
                members.put("effect", "tell");
                members.putAll(JsonValues.membersAndKind((Record) event));
            }
        }
        return members;
    }

    private static void put(Map<String, @Nullable Object> members, String name, Record value) {
        members.put("effect", name);
        members.putAll(JsonValues.members(value));
    }

    /** The packet as it goes out, from the IP header on. */
    private static ByteBuffer bytes(Packet packet) {
        return switch (packet.message().family()) {
            case IPV4 -> {
                ByteBuffer bytes = ByteBuffer.allocate(Ipv4Envelope.size(packet));
                Ipv4Envelope.encode(packet, bytes);
                yield bytes.flip();
            }
            case IPV6 -> {
                ByteBuffer bytes = ByteBuffer.allocate(Ipv6Envelope.size(packet));
                Ipv6Envelope.encode(packet, bytes);
                yield bytes.flip();
            }
        };
    }

    /** Bytes in lower-case hexadecimal digits; the buffer's position stays where it is. */
    static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return HexFormat.of().formatHex(copy);
    }
}
