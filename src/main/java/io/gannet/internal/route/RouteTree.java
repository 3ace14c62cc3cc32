package io.gannet.internal.route;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the shapes that a path matches, best first: at the first place where two differ, literal
 * text comes before a parameter, and that before a rest. A radix tree in one table; immutable,
 * any thread. Looking up allocates nothing and needs no stack: a node knows what to try after it,
 * and how many slashes lie in front of that.
 */
public final class RouteTree {
    /* What the table has for each node; its id is the place of the first. */
    /** Where the text of the node begins in {@link #labels}, or what else it is. */
    private static final int LABEL = 0;
    /** Where that text ends; of a parameter or rest the number of slashes in front of it. */
    private static final int END = 1;
    /** The first child that begins with text, and how many there are behind each other. */
    private static final int CHILD = 2;
    private static final int CHILDREN = 3;
    private static final int PARAM = 4;
    private static final int REST = 5;
    /** Where to go on when this leads nowhere: a parameter or rest. */
    private static final int ELSE = 6;
    private static final int VALUE = 7;
    private static final int STRIDE = 8;

    private static final int NONE = -1;
    private static final int IS_TEXT = 0;
    private static final int IS_PARAM = -1;
    private static final int IS_REST = -2;

    private final int[] table;
    private final char[] labels;
    /** The first character of each node. */
    private final char[] firsts;

    /** The first node with a choice. */
    private final int root;

    private RouteTree(int[] table, char[] labels, char[] firsts) {
        boolean single = table[CHILDREN] == 1 && table[VALUE] == NONE;
        this.root = single ? STRIDE : 0;
        this.table = table;
        this.labels = labels;
        this.firsts = firsts;
    }

    /**
     * Finds the best match.
     *
     * @param path a normal form
     * @return a node, negative when nothing matches
     */
    public int find(String path) {
        return walk(path, root, 0);
    }

    /**
     * Finds the match that is next best.
     *
     * @param path the same as before
     * @param node what was found before
     * @return a node, negative when nothing else matches
     */
    public int next(String path, int node) {
        int rest = table[node + REST];
        if (rest != NONE) {
            return rest;
        }
        int other = table[node + ELSE];
        return other == NONE ? NONE : walk(path, other, start(path, other));
    }

    /**
     * Tells what a node stands for.
     *
     * @param node what was found
     * @return the number that {@link Builder#add} gave
     */
    public int value(int node) {
        return table[node + VALUE];
    }

    private int walk(String path, int from, int fromAt) {
        int length = path.length();
        int node = from;
        int at = fromAt;
        while (true) {
            int label = table[node + LABEL];
            if (label >= 0) {
                at = behindLabel(path, at, label, table[node + END]);
            } else if (label == IS_PARAM) {
                at = behindSegment(path, at);
            } else {
                return node;
            }
            int to = NONE;
            if (at >= 0) {
                if (at == length && table[node + VALUE] != NONE) {
                    return node;
                }
                to = child(path, at, length, node);
            }
            if (to == NONE) {
                to = table[node + ELSE];
                if (to == NONE) {
                    return NONE;
                }
                at = start(path, to);
            }
            node = to;
        }
    }

    private int behindLabel(String path, int at, int label, int end) {
        int behind = at + end - label;
        if (behind > path.length()) {
            return -1;
        }
        for (int i = label, k = at; i < end; i++, k++) {
            if (labels[i] != path.charAt(k)) {
                return -1;
            }
        }
        return behind;
    }

    private static int behindSegment(String path, int at) {
        int end = PathText.endOf(path, at);
        return end == at ? -1 : end;
    }

    private int child(String path, int at, int length, int node) {
        if (at < length) {
            char first = path.charAt(at);
            int child = table[node + CHILD];
            for (int i = child, end = child + table[node + CHILDREN]; i < end; i++) {
                if (firsts[i] == first) {
                    return i * STRIDE;
                }
            }
        }
        int param = table[node + PARAM];
        return param != NONE ? param : table[node + REST];
    }

    /** Where a parameter or rest begins, in a path that got as far as the slash before it. */
    private int start(String path, int node) {
        return PathText.startOf(path, table[node + END]);
    }

    /** Collects shapes. Not thread safe. */
    public static final class Builder {
        private final Node root = new Node("", IS_TEXT);
        private int count;

        /** Starts without any. */
        public Builder() {}

        /**
         * Adds a shape.
         *
         * @param shape of a {@link RoutePattern}
         * @return a number for it, from 0 in the order of adding; that of before if it was added
         */
        public int add(String shape) {
            Node node = root;
            for (int at = 0; at < shape.length();) {
                int end = at;
                while (end < shape.length() && !RoutePattern.isMark(shape, end)) {
                    end++;
                }
                if (end > at) {
                    node = node.literal(shape.substring(at, end));
                    at = end;
                } else {
                    node = node.marked(shape.charAt(at++));
                }
            }
            if (node.value == NONE) {
                node.value = count++;
            }
            return node.value;
        }

        /**
         * Makes the tree.
         *
         * @return what was added
         */
        public RouteTree build() {
            List<Node> nodes = number();
            int[] table = new int[nodes.size() * STRIDE];
            char[] firsts = new char[nodes.size()];
            StringBuilder labels = new StringBuilder();
            for (Node node : nodes) {
                firsts[node.id / STRIDE] = node.label.isEmpty() ? 0 : node.label.charAt(0);
                node.write(table, labels);
            }
            char[] text = new char[labels.length()];
            labels.getChars(0, text.length, text, 0);
            return new RouteTree(table, text, firsts);
        }

        /** Puts parents before children and children with text behind each other. */
        private List<Node> number() {
            List<Node> nodes = new ArrayList<>();
            nodes.add(root);
            for (int i = 0; i < nodes.size(); i++) {
                Node node = nodes.get(i);
                node.id = i * STRIDE;
                node.instruct();
                node.firstChild = nodes.size();
                nodes.addAll(node.children.values());
                if (node.param != null) {
                    nodes.add(node.param);
                }
                if (node.rest != null) {
                    nodes.add(node.rest);
                }
            }
            return nodes;
        }
    }

    /** A node while the tree grows. */
    private static final class Node {
        final String label;
        final int kind;
        TreeMap<Character, Node> children = new TreeMap<>();
        @Nullable Node param;
        @Nullable Node rest;
        @Nullable Node otherwise;
        int value = NONE;
        /** How many lie in front of what is behind this. */
        int slashes;
        int id = NONE;
        int firstChild;

        Node(String label, int kind) {
            this.label = label;
            this.kind = kind;
        }

        /** The node behind a text, which is made if it is not there. */
        Node literal(String text) {
            Node node = this;
            String left = text;
            while (!left.isEmpty()) {
                Node child = node.children.get(left.charAt(0));
                if (child == null) {
                    child = new Node(left, IS_TEXT);
                    node.children.put(left.charAt(0), child);
                    return child;
                }
                int same = common(child.label, left);
                if (same < child.label.length()) {
                    child = node.split(child, same);
                }
                left = left.substring(same);
                node = child;
            }
            return node;
        }

        private static int common(String a, String b) {
            int length = 0;
            while (length < a.length() && length < b.length()
                    && a.charAt(length) == b.charAt(length)) {
                length++;
            }
            return length;
        }

        /** Puts a node in front of a child, with the beginning of its text. */
        private Node split(Node child, int length) {
            Node before = new Node(child.label.substring(0, length), IS_TEXT);
            Node behind = new Node(child.label.substring(length), IS_TEXT);
            behind.children = child.children;
            behind.param = child.param;
            behind.rest = child.rest;
            behind.value = child.value;
            before.children.put(behind.label.charAt(0), behind);
            children.put(before.label.charAt(0), before);
            return before;
        }

        /** The node for a parameter or rest, which is made if it is not there. */
        Node marked(char mark) {
            if (mark == RoutePattern.PARAM) {
                param = param == null ? new Node("", IS_PARAM) : param;
                return param;
            }
            rest = rest == null ? new Node("", IS_REST) : rest;
            return rest;
        }

        /** Tells the children what to try after them, and what lies in front of them. */
        void instruct() {
            Node after = otherwise;
            if (rest != null) {
                rest.follow(this, after);
                after = rest;
            }
            if (param != null) {
                param.follow(this, after);
                after = param;
            }
            for (Node child : children.values()) {
                child.follow(this, after);
            }
        }

        private void follow(Node parent, @Nullable Node after) {
            otherwise = after;
            slashes = parent.slashes;
            for (int i = 0; i < label.length(); i++) {
                slashes += label.charAt(i) == '/' ? 1 : 0;
            }
        }

        void write(int[] table, StringBuilder labels) {
            table[id + LABEL] = kind == IS_TEXT ? labels.length() : kind;
            labels.append(label);
            table[id + END] = kind == IS_TEXT ? labels.length() : slashes;
            table[id + CHILD] = firstChild;
            table[id + CHILDREN] = children.size();
            table[id + PARAM] = idOf(param);
            table[id + REST] = idOf(rest);
            table[id + ELSE] = idOf(otherwise);
            table[id + VALUE] = value;
        }

        private static int idOf(@Nullable Node node) {
            return node == null ? NONE : node.id;
        }
    }
}
