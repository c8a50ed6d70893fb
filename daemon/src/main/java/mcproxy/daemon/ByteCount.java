package mcproxy.daemon;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes on the command line, for instance {@code 5000}, {@code 64K} or {@code 1G}. */
final class ByteCount implements ITypeConverter<Long> {
    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,8})([KMG]?)");

    @Override
    public Long convert(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "\"" + text + "\" is no size: a number with K, M, G or nothing behind it");
        }
        return Long.parseLong(matcher.group(1))
                << switch (matcher.group(2)) {
                    case "K" -> 10;
                    case "M" -> 20;
                    case "G" -> 30;
                    default -> 0;
                };
    }
}
