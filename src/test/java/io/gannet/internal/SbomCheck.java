package io.gannet.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Reads the SBOM of a release and tells what is missing: every dependency of the POM which is not
 * for tests alone, and what is linked into the libraries. {@code scripts/release-check.sh} runs
 * this file by itself, with Jackson on the class path.
 */
final class SbomCheck {
    private SbomCheck() {}

    /** The command: the SBOM, the POM, the version that is released. */
    public static void main(String[] args) throws Exception {
        List<String> faults = new ArrayList<>();
        JsonNode sbom = read(Path.of(args[0]), faults);
        if (!sbom.path("bomFormat").asText().equals("CycloneDX")) {
            faults.add("it is no SBOM of CycloneDX");
        }
        String version = sbom.at("/metadata/component/version").asText();
        if (!version.equals(args[2])) {
            faults.add("it is about version '" + version + "'");
        }
        List<String> wanted = dependencies(Path.of(args[1]));
        wanted.add("liburing");
        for (String name : wanted) {
            checkComponent(name, sbom, faults);
        }
        if (!faults.isEmpty()) {
            System.out.println(String.join("; ", faults));
            System.exit(1);
        }
        System.out.println(sbom.path("components").size() + " components, among them "
                + String.join(", ", wanted));
    }

    private static JsonNode read(Path file, List<String> faults) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            faults.add("it is not JSON: " + e.getMessage());
            return new ObjectMapper().createObjectNode();
        }
    }

    /** A component has a version, a licence, and a place among what Gannet depends on. */
    private static void checkComponent(String name, JsonNode sbom, List<String> faults) {
        for (JsonNode component : sbom.path("components")) {
            if (component.path("name").asText().equals(name)) {
                String ref = component.path("bom-ref").asText();
                if (component.path("version").asText().isEmpty()
                        || component.at("/licenses/0/license").isMissingNode()) {
                    faults.add(name + " has no version or no licence");
                }
                if (!dependsOn(sbom, ref)) {
                    faults.add("nothing says that Gannet depends on " + name);
                }
                return;
            }
        }
        faults.add(name + " is missing");
    }

    private static boolean dependsOn(JsonNode sbom, String ref) {
        String own = sbom.at("/metadata/component/bom-ref").asText();
        for (JsonNode dependency : sbom.path("dependencies")) {
            if (dependency.path("ref").asText().equals(own)) {
                for (JsonNode on : dependency.path("dependsOn")) {
                    if (on.asText().equals(ref)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static List<String> dependencies(Path pom) throws Exception {
        Element project = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(pom.toFile()).getDocumentElement();
        List<String> names = new ArrayList<>();
        for (Element list : children(project, "dependencies")) {
            for (Element dependency : children(list, "dependency")) {
                List<Element> scope = children(dependency, "scope");
                if (scope.isEmpty() || !scope.get(0).getTextContent().equals("test")) {
                    names.add(children(dependency, "artifactId").get(0).getTextContent());
                }
            }
        }
        return names;
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node at = parent.getFirstChild(); at != null; at = at.getNextSibling()) {
            if (at instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }
}
