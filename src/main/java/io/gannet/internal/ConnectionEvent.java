package io.gannet.internal;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A connection, from its begin to its end. */
@Name("io.gannet.Connection")
@Label("Connection")
@Category("Gannet")
@Description("A connection, from its begin to its end.")
@StackTrace(false)
final class ConnectionEvent extends Event {
    @Label("Session")
    long session;

    @Label("Local Address")
    @Nullable String localAddress;

    @Label("Remote Address")
    @Nullable String remoteAddress;

    @Label("Bytes Received")
    @DataAmount
    long bytesReceived;

    @Label("Bytes Sent")
    @DataAmount
    long bytesSent;

    @Label("Closed By")
    @Nullable String closedBy;
}
