// SPDX-License-Identifier: MIT
// Copyright (c) the smtpauth authors

import jakarta.mail.Address;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Properties;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** JakartaMail HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE */
public final class JakartaMail {
    /** What Java's own SASL does; Jakarta Mail does the others itself. */
    private static final Set<String> SASL = Set.of("CRAM-MD5", "EXTERNAL");

    private static SSLContext trusting(String cert) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = new FileInputStream(cert)) {
            store.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    public static void main(String[] args) throws Exception {
        String tls = args[2];
        String mechanism = args[3];
        boolean login = !mechanism.equals("NONE");

        Properties options = new Properties();
        options.put("mail.smtp.host", args[0]);
        options.put("mail.smtp.port", args[1]);
        options.put("mail.smtp.localhost", "client.example");
        options.put("mail.smtp.from", "alice@client.example");
        options.put("mail.smtp.connectiontimeout", "50000");
        options.put("mail.smtp.timeout", "50000");
        options.put("mail.smtp.auth", Boolean.toString(login));
        options.put("mail.smtp.auth.mechanisms", mechanism);
        options.put("mail.smtp.starttls.enable", Boolean.toString(tls.equals("starttls")));
        options.put("mail.smtp.starttls.required", Boolean.toString(tls.equals("starttls")));
        options.put("mail.smtp.ssl.enable", Boolean.toString(tls.equals("tls")));
        options.put("mail.smtp.ssl.checkserveridentity", "true");
        options.put("mail.smtp.ssl.socketFactory", trusting(args[6]).getSocketFactory());
        if (SASL.contains(mechanism)) {
            options.put("mail.smtp.sasl.enable", "true");
            options.put("mail.smtp.sasl.mechanisms", mechanism);
        }
        Session session = Session.getInstance(options);

        MimeMessage message;
        try (InputStream in = new FileInputStream(args[7])) {
            message = new MimeMessage(session, in);
        }
        try (Transport transport = session.getTransport("smtp")) {
            if (login) {
                transport.connect(args[4], args[5]);
            } else {
                transport.connect();
            }
            transport.sendMessage(message, new Address[] {new InternetAddress("bob@server.example")});
        }
    }
}
