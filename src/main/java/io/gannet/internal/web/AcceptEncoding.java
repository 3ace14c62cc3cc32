package io.gannet.internal.web;

import java.util.List;

/** Which content codings a client takes, and how gladly (RFC 9110 §12.5.3). Immutable. */
public final class AcceptEncoding {
    /** The coding that changes nothing. */
    public static final String IDENTITY = "identity";

    /**
     * A client that says nothing. It would take anything by the letter of the RFC, but who cannot
     * decode says nothing either: everybody gives it the plain bytes.
     */
    public static final AcceptEncoding NONE = new AcceptEncoding(QualityList.parse(List.of()));

    private final QualityList list;

    private AcceptEncoding(QualityList list) {
        this.list = list;
    }

    /**
     * Reads the header.
     *
     * @param values of all its lines, in order; none when the client did not send it
     * @return what it says
     */
    public static AcceptEncoding parse(List<String> values) {
        return values.isEmpty() ? NONE : new AcceptEncoding(QualityList.parse(values));
    }

    /**
     * How gladly the client takes a coding.
     *
     * @param coding in lower case, as {@code gzip}, {@code br} or {@link #IDENTITY}
     * @return 0 when it must not be sent, 1000 at most
     */
    public int weight(String coding) {
        int weight = named(coding);
        if (weight == QualityList.ABSENT) {
            weight = list.weight("*");
        }
        if (weight == QualityList.ABSENT) {
            /* The plain bytes are fine unless they are refused, but no match for what was named. */
            return coding.equals(IDENTITY) ? 1 : 0;
        }
        return weight;
    }

    /** The weight under any name of the coding: some have an old one (RFC 9110 §8.4.1.3). */
    private int named(String coding) {
        int weight = list.weight(coding);
        if (weight == QualityList.ABSENT && coding.equals("gzip")) {
            return list.weight("x-gzip");
        }
        return weight;
    }

    /**
     * Chooses a coding.
     *
     * @param offered in lower case, the server's favourite first; without {@link #IDENTITY}, which
     *     is always offered
     * @return the one the client wants most, the first of several; {@link #IDENTITY} when it wants
     *     that more, or nothing that is offered
     */
    public String best(List<String> offered) {
        String best = IDENTITY;
        int most = named(IDENTITY) == QualityList.ABSENT ? 0 : weight(IDENTITY);
        for (String coding : offered) {
            int weight = weight(coding);
            if (weight > most || (weight == most && weight > 0 && best.equals(IDENTITY))) {
                best = coding;
                most = weight;
            }
        }
        return best;
    }

    /**
     * Tells whether the plain bytes must not be sent.
     *
     * @return true if so; a server that has nothing else may send them all the same
     */
    public boolean refusesIdentity() {
        return weight(IDENTITY) == 0;
    }
}
