package io.gannet.internal.web;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a part of a form says of itself, RFC 7578 §4. All of it is the client's word.
 *
 * @param name of the field
 * @param hasFileName whether it is a file, maybe without a name
 * @param fileName as it was sent; empty when there is none
 * @param type Content-Type as it was sent; empty when there is none
 */
public record PartHeader(String name, boolean hasFileName, String fileName, String type) {
    private static final String DISPOSITION = "content-disposition";

    /** Reads header lines that end with CRLF each. */
    static PartHeader parse(byte[] lines) {
        String text = utf8(lines);
        String disposition = "";
        String type = "";
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\r', from);
            int colon = text.indexOf(':', from);
            if (colon < 0 || colon > end || !TokenText.isToken(text.substring(from, colon))) {
                throw new BadMultipart("a line of a header has no name");
            }
            String name = text.substring(from, colon).toLowerCase(Locale.ROOT);
            String value = text.substring(colon + 1, end).strip();
            checkText(value);
            switch (name) {
                case DISPOSITION -> disposition = once(disposition, value, name);
                case "content-type" -> type = once(type, value, name);
                case "content-transfer-encoding" -> checkEncoding(value);
                default -> { }
            }
            from = end + 2;
        }
        return disposition(disposition, type);
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new BadMultipart("a header is not UTF-8");
        }
    }

    private static void checkText(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                throw new BadMultipart("a header holds control characters");
            }
        }
    }

    private static String once(String before, String value, String name) {
        if (!before.isEmpty() || value.isEmpty()) {
            throw new BadMultipart("a part has more or less than one " + name);
        }
        return value;
    }

    /** Deprecated by RFC 7578 §4.7: what needs decoding would be taken for something else. */
    private static void checkEncoding(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        if (!lower.equals("binary") && !lower.equals("8bit") && !lower.equals("7bit")) {
            throw new BadMultipart("a part has a transfer encoding");
        }
    }

    private static PartHeader disposition(String value, String type) {
        HeaderText text = new HeaderText(value, 0);
        if (value.isEmpty() || !text.token().equalsIgnoreCase("form-data")) {
            throw new BadMultipart("a part is no form-data");
        }
        boolean named = false;
        boolean hasFileName = false;
        String name = "";
        String fileName = "";
        while (text.skip(';')) {
            String key = text.token().toLowerCase(Locale.ROOT);
            text.take('=');
            String said = text.tokenOrFormQuoted();
            if ((key.equals("name") && named) || (key.equals("filename") && hasFileName)
                    || key.equals("name*") || key.equals("filename*")) {
                /* RFC 7578 §4.2 forbids the starred forms; readers that know one only differ. */
                throw new BadMultipart("a part has more than one name, or a starred one");
            }
            if (key.equals("name")) {
                named = true;
                name = said;
            } else if (key.equals("filename")) {
                hasFileName = true;
                fileName = said;
            }
        }
        if (!text.isGood() || !text.isAtEnd() || !named) {
            throw new BadMultipart("the content-disposition of a part is malformed");
        }
        return new PartHeader(name, hasFileName, fileName, type);
    }
}
