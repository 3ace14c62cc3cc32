package io.gannet.bench.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.concurrent.TimeUnit;

/** Netty, with the transport that the argument names. */
public final class NettyPeer {
    private static final AsciiString SERVER = AsciiString.cached("netty");
    private static final AsciiString TEXT = AsciiString.cached(Answers.TEXT_TYPE);
    private static final AsciiString JSON = AsciiString.cached(Answers.JSON_TYPE);
    private static final AsciiString BYTES = AsciiString.cached(Answers.BYTES_TYPE);
    private static final int BODY_MAX = 1 << 20;
    private static volatile AsciiString date = new AsciiString(Answers.date());

    private NettyPeer() {}

    /**
     * Listens until the process is ended.
     *
     * @param args nio, epoll or io_uring
     */
    public static void main(String[] args) throws InterruptedException {
        IoHandlerFactory factory = switch (args[0]) {
            case "epoll" -> EpollIoHandler.newFactory();
            case "io_uring" -> IoUringIoHandler.newFactory();
            default -> NioIoHandler.newFactory();
        };
        Class<? extends ServerChannel> type = switch (args[0]) {
            case "epoll" -> EpollServerSocketChannel.class;
            case "io_uring" -> IoUringServerSocketChannel.class;
            default -> NioServerSocketChannel.class;
        };
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(Answers.threads(), factory);
        group.next().scheduleAtFixedRate(() -> date = new AsciiString(Answers.date()), 1, 1,
                TimeUnit.SECONDS);
        new ServerBootstrap().group(group).channel(type)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpServerCodec(),
                                new HttpObjectAggregator(BODY_MAX), new Handler());
                    }
                })
                .bind(Answers.HOST, Answers.port()).sync().channel().closeFuture().sync();
    }

    /** Answers requests, and flushes once for all that were read together. */
    private static final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            String path = request.uri();
            if (path.equals("/")) {
                send(context, TEXT, Unpooled.wrappedBuffer(Answers.hello()));
            } else if (path.equals("/json")) {
                send(context, JSON, Unpooled.wrappedBuffer(Answers.json()));
            } else if (path.startsWith(Answers.USERS)) {
                send(context, TEXT, Unpooled.wrappedBuffer(Answers.user(path)));
            } else {
                send(context, BYTES, request.content().retain());
            }
        }

        private static void send(ChannelHandlerContext context, AsciiString type, ByteBuf body) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
                    HttpResponseStatus.OK, body);
            response.headers()
                    .set(HttpHeaderNames.SERVER, SERVER)
                    .set(HttpHeaderNames.DATE, date)
                    .set(HttpHeaderNames.CONTENT_TYPE, type)
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
            context.write(response, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        /** A client that resets its connections at the end of a round is no news to log. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
